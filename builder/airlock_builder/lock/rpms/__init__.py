"""RPMs: from repositories' metadata to the closed, signed, pinned set of packages."""

from airlock_builder.lock.rpms.lock import closed_set, lock_rpms

__all__ = ["closed_set", "lock_rpms"]
