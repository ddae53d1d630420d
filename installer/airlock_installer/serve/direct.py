"""Files written past the page cache (open(2), O_DIRECT), with no second copy of their bytes on the way to the disk.

Tens of gigabytes in the cache would push out what is in use, and would all be written in one rush at the end. Where a
file system or a piece does not allow it, the cache is used: the last piece of a file ends where no sector does.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import queue
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PIECE = 1 << 20
"""Bytes written at once: as many as disks like to take, as few as a core's cache holds from reading to writing."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


class Buffers:
    """Buffers of :data:`PIECE` bytes that begin with a page, as direct writing wants them; for any thread."""

    def __init__(self) -> None:
        self._idle: queue.SimpleQueue[memoryview] = queue.SimpleQueue()

    @contextmanager
    def borrowed(self) -> Iterator[memoryview]:
        """A buffer for the length of the block; there are never more than blocks at the same time."""
        try:
            buffer = self._idle.get_nowait()
        except queue.Empty:
            buffer = memoryview(mmap.mmap(-1, PIECE))
        try:
            yield buffer
        finally:
            self._idle.put(buffer)


def write(path: Path, pieces: Iterable[bytes | memoryview], *, mode: int) -> None:
    """Write a file, and have it on the disk.

    Args:
        pieces: its bytes; direct writing takes those that begin with a page and end with a sector.

    Raises:
        OSError: no space, no right to write.
    """
    descriptor = _opened(path)
    try:
        os.fchmod(descriptor, mode)
        for piece in pieces:
            _write(descriptor, memoryview(piece))
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        return os.open(path, _FLAGS | os.O_DIRECT)
    except OSError as error:
        if error.errno != errno.EINVAL:  # "the file system does not support the O_DIRECT flag"
            raise
        return os.open(path, _FLAGS)


def _write(descriptor: int, piece: memoryview) -> None:
    while piece:
        try:
            piece = piece[os.write(descriptor, piece) :]
        except OSError as error:
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            if error.errno != errno.EINVAL or not flags & os.O_DIRECT:
                raise
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_DIRECT)
