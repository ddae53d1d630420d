"""The builder's content-addressed store: every blob under its digest, whole and verified, or not there at all.

Layout (``blobs`` is that of the OCI image layout, so that skopeo shares it)::

    blobs/sha256/HEX   whole blobs
    parts/NAME         downloads that were cut, kept for the next run to go on with
    locks/blobs        has a byte for each blob, locked by who writes that (blob_locks.py)
    metadata/          repository metadata, kept by those who read it
    tmp/               scratch folders on the same file system
    in-use             held by every run that is in the store (occupancy.py)

Many runs may share a store: a blob is written under its own lock, and who comes second finds it done.

On its way in a blob is hashed once, where it is written if its writer can; put on the disk (fsync) and then renamed. So
what has its name is whole, whenever the power fails; that the names last is :meth:`Store.settle`'s, once for many.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from airlock_builder import blob_locks
from airlock_core import atomic, digest, sizes
from airlock_core.digest import Digest
from airlock_core.errors import MachineError, VerificationError

_RESERVE = 16 << 20
"""Bytes that stay free beside what is fetched: folders, locks, metadata."""


class Store:
    """A store in a folder; the folder is made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @property
    def blobs(self) -> Path:
        """The folder to share with OCI tools (``--dest-shared-blob-dir``)."""
        return self.root / "blobs"

    @property
    def metadata(self) -> Path:
        """The folder for repository metadata."""
        return self.root / "metadata"

    def path(self, digest: Digest) -> Path:
        """Where a blob stands, or would stand."""
        return self.blobs / digest.algorithm / digest.hex

    def part(self, digest: Digest) -> Path:
        """Where a blob that is not whole yet stands."""
        return self.root / "parts" / digest.hex

    def begun(self, digest: Digest) -> int:
        """Bytes of a blob that a run that was cut left; they take no further space."""
        try:
            return self.part(digest).stat().st_size
        except FileNotFoundError:
            return 0

    def has(self, digest: Digest, size: int | None = None) -> bool:
        """Whether a blob is there, and as long as it must be. One of another size counts as absent."""
        try:
            found = self.path(digest).stat().st_size
        except FileNotFoundError:
            return False
        return size is None or found == size

    def intact(self, digest: Digest, size: int | None = None) -> bool:
        """Whether a blob is there with the right bytes: it is read and hashed."""
        return self.has(digest, size) and _hash(self.path(digest), digest.algorithm) == digest

    def check(self, digest: Digest, size: int | None = None, *, subject: str = "") -> Path:
        """The path of a blob, read and found to be what its name says.

        Args:
            subject: what the blob is, for the error.

        Raises:
            VerificationError: it is absent or altered.
        """
        if not self.intact(digest, size):
            what = "is damaged in the store" if self.has(digest) else "is not in the store"
            todo = f"{'remove this file and ' if self.has(digest) else ''}run `airlock fetch`"
            raise VerificationError(f"{subject or digest} {what}", where=str(self.path(digest)), todo=todo)
        return self.path(digest)

    def read(self, digest: Digest) -> bytes:
        """The bytes of a small blob, verified.

        Raises:
            VerificationError: it is absent or altered.
        """
        return self.check(digest).read_bytes()

    def discard(self, digest: Digest) -> None:
        """Take a damaged blob out, so that it is fetched again."""
        self.path(digest).unlink(missing_ok=True)

    def ensure(self, digest: Digest, size: int, fill: Callable[[Path], Digest | None]) -> bool:
        """Have a blob: fill it in unless it is there, or another run brings it while this one waits.

        Args:
            digest, size: what the blob must be.
            fill: writes the blob to the path given, which may hold the beginning of it from an earlier run; returns
                the digest of all bytes there if it hashed them, with which they are not read again.

        Returns:
            whether it was filled in here.

        Raises:
            VerificationError: ``fill`` left other bytes.
            MachineError: no space or no right to write.
        """
        if self.has(digest, size):
            return False
        with self.held(digest):
            if self.has(digest, size):
                return False
            part = self.part(digest)
            with atomic.disk_errors(part):
                part.parent.mkdir(exist_ok=True)
                found = fill(part)
                self._accept(part, digest, size, found)
            return True

    def adopt(self, path: Path, digest: Digest, size: int) -> None:
        """Take in a blob that was written into a scratch folder of this store and verified; its file stays there, too.

        Raises:
            VerificationError: it is of another size.
            MachineError: no space or no right to write.
        """
        part = self.part(digest)
        with atomic.disk_errors(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            os.link(path, part)
            self._accept(part, digest, size, digest)

    def add(self, data: bytes) -> Digest:
        """Put a small blob in."""
        name = Digest.sha256(data)
        if not self.has(name, len(data)):
            with self.scratch() as folder, atomic.disk_errors(self.path(name)):
                (folder / name.hex).write_bytes(data)
                self._accept(folder / name.hex, name, len(data), name)
        return name

    def receive(self, name: str, fill: Callable[[Path], tuple[Digest, int]]) -> tuple[Digest, int]:
        """Take in a blob whose digest is known only when it is whole.

        Args:
            name: what it goes by until then (hex digits); the same name goes on where it was cut.
            fill: writes the file, hashing it, and returns its digest and size.

        Raises:
            MachineError: no space or no right to write.
        """
        part = self.root / "parts" / f"unnamed-{name}"
        with atomic.disk_errors(part), blob_locks.held(self._locks, name):
            part.parent.mkdir(exist_ok=True)
            found, size = fill(part)
            with self.held(found):
                self._accept(part, found, size, found)
            return found, size

    @contextlib.contextmanager
    def held(self, digest: Digest) -> Iterator[None]:
        """Hold the lock of one blob, waiting for another run that has it."""
        with atomic.disk_errors(self.root), blob_locks.held(self._locks, digest.hex):
            yield

    @contextlib.contextmanager
    def claimed(self, digest: Digest) -> Iterator[bool]:
        """Hold the lock of one blob, unless somebody has it: whether it is held."""
        with atomic.disk_errors(self.root), blob_locks.tried(self._locks, digest.hex) as is_held:
            yield is_held

    def wait_for(self, digest: Digest) -> None:
        """Wait until nobody has the lock of a blob."""
        with self.held(digest):
            pass

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on the store's file system, gone when the block ends; with those that killed runs left."""
        parent = self.root / "tmp"
        with atomic.disk_errors(parent):
            parent.mkdir(parents=True, exist_ok=True)
            for left in parent.iterdir():
                _sweep(left)
            folder, descriptor = _own_folder(parent)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)

    def settle(self) -> None:
        """Put the names of all blobs on the disk; their bytes are there before they get their names."""
        for folder in self.blobs.glob("*"):
            atomic.sync_folder(folder)

    def free_space(self) -> int:
        """Bytes that a user may still write on the store's file system."""
        return shutil.disk_usage(_existing(self.root)).free

    def require_space(self, needed: int) -> None:
        """Say before the work begins that it will not fit.

        Raises:
            MachineError: fewer than ``needed`` bytes, and a little, are free.
        """
        free = self.free_space()
        if needed and free < needed + _RESERVE:
            raise MachineError(
                f"not enough space: {sizes.human(needed)} to fetch, {sizes.human(free)} free",
                where=str(self.root),
                todo="free some space, or give another folder with --store",
            )

    @property
    def _locks(self) -> Path:
        return self.root / "locks"

    def _accept(self, part: Path, digest: Digest, size: int, found: Digest | None = None) -> None:
        """Move a file into its place, if it is what it must be.

        Args:
            found: its digest, where whoever wrote it has hashed what he wrote.
        """
        found = found or _hash(part, digest.algorithm)
        with part.open("rb") as file:
            about = os.fstat(file.fileno())
            if found != digest or about.st_size != size:
                part.unlink()
                what = f"other bytes than expected: {digest} of {size} bytes expected, {found} found"
                raise VerificationError(what, where=str(part))
            os.fchmod(file.fileno(), 0o644)
            atomic.sync(file.fileno())
        _rename(part, self.path(digest))  # should a power cut undo this, the part is still there, whole


def is_held(path: Path) -> bool:
    """Whether a run holds a scratch folder or a lock file; one that was killed does not."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def default_root(environment: dict[str, str] | None = None) -> Path:
    """The store's folder where no option gives one: ``$AIRLOCK_STORE``, else the user's cache folder."""
    env = dict(os.environ) if environment is None else environment
    if env.get("AIRLOCK_STORE"):
        return Path(env["AIRLOCK_STORE"])
    cache = env.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "airlock"


def _hash(path: Path, algorithm: str) -> Digest:
    return digest.of_file(path, algorithm)


def _rename(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)


def _own_folder(parent: Path) -> tuple[Path, int]:
    """A new folder, and the descriptor that holds its lock for as long as it is in use."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent))
        descriptor = _locked(folder)
        if descriptor is not None and folder.exists():
            return folder, descriptor
        if descriptor is not None:  # another run swept it away before it was locked
            os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Take away a folder that nobody uses: its run was killed."""
    descriptor = _locked(folder)
    if descriptor is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked(folder: Path) -> int | None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
