"""RPMs: from repositories' metadata to the closed, signed, pinned set of packages."""
