"""The contract that the builder and the site share: digests, locks, media layout, errors, processes, files."""
