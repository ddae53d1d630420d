"""Who is in a store: any number of runs that read and write it, or one alone that takes away what nothing needs.

A run is in the store from its first look to its last read, so that no blob goes that it has seen. Each holds flock(2)
on one file in the store's root, shared or alone; the system lets go of it when a process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from airlock_core import atomic
from airlock_core.errors import HeldError
from airlock_core.progress import Notice

NAME = "in-use"
WAITING = Notice("the store", "`airlock store gc` is at work there; waiting for it to end")
_SYSTEM_LOCKS = Path("/proc/locks")


@contextlib.contextmanager
def present(root: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Be in a store beside others, for the length of the block.

    A store that cannot be written to, and where nobody tidied ever, is read unguarded.

    Args:
        root: the store's folder; made where it is not there.
        waiting: called before a wait for the one that is there alone, which takes seconds.
    """
    descriptor = _opened(root)
    try:
        if descriptor is not None and not _held(descriptor, fcntl.LOCK_SH):
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Be alone in a store for the length of the block; who comes meanwhile waits.

    Raises:
        HeldError: others are there; their processes are named.
        MachineError: the store cannot be written to.
    """
    with atomic.disk_errors(root / NAME):
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _held(descriptor, fcntl.LOCK_EX):
            todo = "wait for it to end and run again; --dry-run can be run at any time"
            raise HeldError(f"the store is in use by {_holders(descriptor)}", where=str(root), todo=todo)
        yield
    finally:
        os.close(descriptor)


def _opened(root: Path) -> int | None:
    """A descriptor to hold; of another user's store one to read will do. Who must write is told so when he does."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with contextlib.suppress(OSError):
            root.mkdir(parents=True, exist_ok=True)
            return os.open(root / NAME, flags | os.O_CLOEXEC, 0o644)
    return None


def _held(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holders(descriptor: int) -> str:
    """The processes that hold a file, as far as the system tells (proc_locks(5)): another machine's it does not."""
    inode = str(os.fstat(descriptor).st_ino)
    lines = _SYSTEM_LOCKS.read_text(encoding="ascii").splitlines() if _SYSTEM_LOCKS.exists() else []
    # 12: FLOCK  ADVISORY  READ  4711 fe:01:524301 0 EOF
    held = (words for words in map(str.split, lines) if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode)
    ids = sorted({int(words[4]) for words in held if words[4].isdigit()})
    return f"process {', '.join(map(str, ids))}" if ids else "another run"
