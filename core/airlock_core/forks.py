"""Work done beside this process by a copy of it, for C code that holds the interpreter while other cores are idle.

A copy shares what is in memory, and hands back no value: what it makes goes through a pipe or into a file. Where it
does not end well, or cannot be made because other threads run here (which it would lack, while their locks stay held),
the work is done in this process instead: so the outcome is the same, failures and all.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from io import RawIOBase
from typing import Any, BinaryIO, cast

_PIPE = 1 << 20
"""Bytes that may wait between writer and reader: few turns between the two."""
Write = Callable[[BinaryIO], object]


@contextlib.contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Have some work done while the block runs; it is done when the block has ended.

    Raises:
        what ``work`` raises.
    """
    copy = _copied(work)
    if copy is None:
        work()
    with _joined(copy, work):
        yield


@contextlib.contextmanager
def fed(write: Write) -> Iterator[int]:
    """A descriptor from which the block can read what ``write`` writes, while it writes.

    Raises:
        what ``write`` raises, when the block has ended, whatever the block made of half a file.
    """
    reading, writing = os.pipe()
    with contextlib.suppress(OSError):  # a user may be out of his share
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    copy = _copied(lambda: _fill(write, reading, writing))
    os.close(writing)
    if copy is None:
        os.close(reading)
        with _written(write) as file:
            yield file.fileno()
        return
    with _joined(copy, lambda: write(cast(BinaryIO, _Nowhere()))):
        try:
            yield reading
        finally:
            os.close(reading)


def _copied(work: Callable[[], object]) -> int | None:
    """The id of a copy of this process that does some work and ends; None where there can be none."""
    if threading.active_count() > 1:
        return None
    try:
        copy = os.fork()
    except OSError:
        return None
    if copy:
        return copy
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)  # nothing of its parent's may be flushed or undone


@contextlib.contextmanager
def _joined(copy: int | None, work: Callable[[], object]) -> Iterator[None]:
    """Wait for a copy when the block ends, and do its work again where it failed, which tells why."""
    try:
        yield
    finally:
        interrupted = isinstance(sys.exception(), KeyboardInterrupt)
        if copy is not None:
            if interrupted:
                os.kill(copy, signal.SIGKILL)
            _, status = os.waitpid(copy, 0)
            if status and not interrupted:
                work()


@contextlib.contextmanager
def _written(write: Write) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        write(file)
        file.seek(0)
        yield file


def _fill(write: Write, reading: int, writing: int) -> None:
    os.close(reading)  # or the pipe would not break when nobody reads any more
    with os.fdopen(writing, "wb") as pipe:
        write(pipe)


class _Nowhere(RawIOBase):
    def write(self, data: Any) -> int:
        return len(data)
