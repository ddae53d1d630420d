"""The four locks: what was resolved, each entry with a digest and a size (contract, "Locks")."""

from airlock_core.locks.charts import ChartsLock, LockedChart, LockedProvenance, LockedWaiver
from airlock_core.locks.files import FilesLock, LockedFile
from airlock_core.locks.images import Attachment, ImagesLock, LockedArchive, LockedImage
from airlock_core.locks.release import LOCK_NAMES, ReleaseLocks
from airlock_core.locks.rpms import LockedRepo, LockedRpm, ModuleMetadata, RpmArch, RpmsLock

__all__ = [
    "LOCK_NAMES",
    "Attachment",
    "ChartsLock",
    "FilesLock",
    "ImagesLock",
    "LockedArchive",
    "LockedChart",
    "LockedFile",
    "LockedImage",
    "LockedProvenance",
    "LockedRepo",
    "LockedRpm",
    "LockedWaiver",
    "ModuleMetadata",
    "ReleaseLocks",
    "RpmArch",
    "RpmsLock",
]
