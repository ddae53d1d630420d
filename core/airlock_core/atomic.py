"""Files that are there whole or not at all, and locks between processes."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from airlock_core.errors import HeldError, MachineError

_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EIO)


@contextlib.contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn "no space", "read-only", "not permitted" and the like into a :class:`MachineError` that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise MachineError("no space left", where=str(where), todo="free some space and run again") from error
        if error.errno in _REFUSED:
            why, todo = error.strerror or str(error), "check path, owner and mount"
            raise MachineError("cannot be written", where=str(where), why=why, todo=todo) from error
        raise


def write(path: Path, data: bytes | str, *, mode: int = 0o644) -> None:
    """Write a whole file: temporary neighbour, fsync, rename, fsync of the folder.

    Raises:
        MachineError: no space or no right to write.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    with disk_errors(path), replacing(path) as part:
        with part.open("wb") as file:
            file.write(raw)
            sync(file.fileno())
        part.chmod(mode)


def put(path: Path, data: bytes | str, *, mode: int = 0o644) -> bool:
    """Write a whole file, as :func:`write`, unless it is there with these bytes already; whether it was written."""
    raw = data.encode("utf-8") if isinstance(data, str) else data
    if path.is_file() and path.read_bytes() == raw:
        return False
    write(path, raw, mode=mode)
    return True


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name when the block ends well, and vanishes otherwise.

    The block must have synced what it wrote (:func:`sync`).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.replace(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def touch(path: Path) -> None:
    """Date a file of a cache to now, as being in use; where it is another user's, that one's uses date it."""
    with contextlib.suppress(OSError):
        os.utime(path)


def sync(descriptor: int) -> None:
    """Put an open file on the disk."""
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_filesystem(path: Path) -> None:
    """Put all that was written to a path's file system on the disk, and wait for no other (syncfs(2))."""
    import ctypes  # Python has no syncfs, and few runs need it

    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def held(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold an exclusive lock on a lock file for the length of the block; the file says which process does.

    Args:
        path: the lock file, as of :func:`locked`.
        what: what is held, for the error.
        wait: wait for the holder instead of failing.

    Raises:
        HeldError: another process holds it; its id and host are named.
    """
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locked(path, wait=wait))
        except BlockingIOError:
            raise HeldError(
                f"{what} is held by {_holder(path)}",
                where=str(path),
                todo="wait for it to end, or end it, and run again",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[int]:
    """Hold an exclusive lock on a lock file for the length of the block; its descriptor, to write into.

    Args:
        path: the lock file; made, and gone again with the block. Whoever waited for it meanwhile holds a file that has
            no name any more, notices, and begins anew: so no two runs ever hold two files.
        wait: wait for the holder instead of failing.

    Raises:
        BlockingIOError: another process holds it.
    """
    descriptor = _acquire(path, wait=wait)
    try:
        yield descriptor
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, *, wait: bool) -> int:
    """The descriptor of a lock file that is locked and still stands under its name."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _holder(path: Path) -> str:
    said = ""
    with contextlib.suppress(OSError):
        said = path.read_text("utf-8", errors="replace")[:200].strip()
    return said or "another process"
