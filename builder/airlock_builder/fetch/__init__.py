"""From locks to the store: what is locked, verified, and nothing else."""
