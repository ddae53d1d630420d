"""Locks of blobs, between threads and between processes: one file for all, in which each blob has a byte of its own.

A file for each would be made, written and taken away again, which costs more than the rest of a small blob's way into
the store. Source: fcntl(2), "Open file description locks": a byte that is locked need not exist.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path

NAME = "blobs"
_FLOCK = struct.Struct("hhqqi4x")
"""``struct flock`` of 64-bit Linux: type, whence, start, length, process (0, as these locks want it)."""
_DIGITS = 15
"""Hex digits of a name that make its place: no two of any store's blobs are likely to share one."""


@contextlib.contextmanager
def held(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of one blob, waiting for whoever has it; it ends with the block, or with the process.

    Args:
        folder: of the lock file; made where it is not there.
        name: hex digits.

    Raises:
        OSError: no right to write.
    """
    descriptor = _opened(folder / NAME)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLKW, _wanted(name))
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def tried(folder: Path, name: str) -> Iterator[bool]:
    """As :func:`held`, without waiting: whether the lock is held."""
    descriptor = _opened(folder / NAME)
    try:
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _wanted(name))
            is_held = True
        except (BlockingIOError, PermissionError):  # either, by fcntl(2)
            is_held = False
        yield is_held
    finally:
        os.close(descriptor)


def _wanted(name: str) -> bytes:
    return _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, int(name[:_DIGITS], 16), 1, 0)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o644)
