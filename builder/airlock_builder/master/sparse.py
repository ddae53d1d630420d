"""A file written by another program through a pipe, its runs of zeros as holes that take no space."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from airlock_core import atomic

_PIECE = 64 << 10
_PIPE = 1 << 20
_ZEROS = bytes(_PIECE)


@contextlib.contextmanager
def receiving(path: Path) -> Iterator[int]:
    """The descriptor to write to while the block runs; what comes is in the file when the block ends.

    Args:
        path: the file, which must not exist.

    Raises:
        MachineError: no space or no right to write, whatever the block made of that.
    """
    receiver = _Receiver(path)
    thread = threading.Thread(target=receiver.run, name="receive", daemon=True)
    thread.start()
    try:
        yield receiver.entry
    except Exception:
        receiver.end(thread)
        with atomic.disk_errors(path):
            receiver.check()  # the cause, where there is one, not what came of it
        raise
    finally:
        receiver.end(thread)
    with atomic.disk_errors(path):
        receiver.check()


class _Receiver:
    """The pipe, and the thread's work at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._exit, self.entry = os.pipe()
        self._fault: OSError | None = None
        self._ended = False
        with contextlib.suppress(OSError):  # more than this user may have: a smaller one does it, too
            fcntl.fcntl(self.entry, fcntl.F_SETPIPE_SZ, _PIPE)

    def run(self) -> None:
        try:
            with self._path.open("xb", buffering=0) as file:
                _copy(self._exit, file.fileno())
        except OSError as error:
            self._fault = error
        finally:
            os.close(self._exit)  # who still writes is told that nobody reads

    def end(self, thread: threading.Thread) -> None:
        """Close this process's end, and wait until all that came is written."""
        if not self._ended:
            self._ended = True
            os.close(self.entry)
            thread.join()

    def check(self) -> None:
        """Raise what the thread met."""
        if self._fault:
            raise self._fault


def _copy(source: int, target: int) -> None:
    while data := os.read(source, _PIECE):
        if data == _ZEROS[: len(data)]:
            os.lseek(target, len(data), os.SEEK_CUR)
        else:
            _write_all(target, data)
    os.ftruncate(target, os.lseek(target, 0, os.SEEK_CUR))


def _write_all(target: int, data: bytes) -> None:
    """Write all of some bytes: a nearly full disk takes a part and says so with the next."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
