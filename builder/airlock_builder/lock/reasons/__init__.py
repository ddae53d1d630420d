"""Why a new lock is not what stands: for each difference, or for many at once."""
