"""How many blobs of an archive are read, hashed and written at the same time: many, or one where reading would jump.

Source: Linux, Documentation/ABI/stable/sysfs-block, ``queue/rotational``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from airlock_core.lanes import hashing
from airlock_core.lanes.hashing import Hashing
from airlock_installer.serve.crew import THREADS

_DEVICES = Path("/sys/dev/block")
_SCSI = ("sd", "sr")
"""Disks and optical drives that say for themselves whether they turn; a virtual disk says what nobody asked it."""


@dataclass(frozen=True)
class Way:
    """How blobs are taken.

    Args:
        threads: so many at the same time until an image is whole: few, since each more makes the first one later.
        most: so many from then on.
        hashing: how they are hashed.
    """

    threads: int
    most: int
    hashing: Hashing


def way(archive: Path) -> Way:
    """The fastest way to take the blobs of an archive."""
    device = archive.stat().st_dev
    if turns(os.major(device), os.minor(device)):
        return Way(1, 1, hashing.Alone())
    best = hashing.best()
    return Way(THREADS, max(THREADS, best.width + best.width // 2), best)


def turns(major: int, minor: int, devices: Path = _DEVICES) -> bool:
    """Whether a device is a disc or a turning disk, which reads in order several times as fast as here and there."""
    block = (devices / f"{major}:{minor}").resolve()
    disk = block if (block / "queue").is_dir() else block.parent  # of a partition
    try:
        return disk.name.startswith(_SCSI) and (disk / "queue/rotational").read_text().strip() == "1"
    except OSError:
        return False
