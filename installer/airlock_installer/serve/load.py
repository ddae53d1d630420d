"""Loading ``registry.tar`` into the registry's storage while the registry serves: read once, every blob verified.

All manifests stand before all layers, so what each image needs is known when the first layer comes; an image can be
pulled as soon as its last blob is verified. A load that was cut goes on with the blobs that are not there yet.
"""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from airlock_core import atomic, oci
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, MachineError, VerificationError, raise_all
from airlock_core.lanes.hashing import Hashing
from airlock_core.locks.images import LockedImage
from airlock_core.progress import Outset, Progress, Step, silent
from airlock_core.sizes import human
from airlock_installer.serve.archive import INDEX, Archive, Member
from airlock_installer.serve.arrivals import Arrivals
from airlock_installer.serve.contents import Contents, Documents
from airlock_installer.serve.crew import Crew
from airlock_installer.serve.direct import Buffers
from airlock_installer.serve.storage import RegistryStorage
from airlock_installer.serve.ways import way

_RESERVE = 16 << 20
"""Bytes that stay free beside blobs: folders, links, what else the machine writes meanwhile."""
_MAX_INDEX = 16 << 20
_VERIFY = "check the medium: `airlock-site media verify`"


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Args:
        images: how many images the registry has from the archive.
        attached: how many artifacts that are attached to images: signatures, SBOMs, lists of them.
        new: how many of both could not be pulled before.
        blobs: how many blobs they have, each once.
        written: bytes of the blobs that were not there before.
    """

    images: int
    attached: int
    new: int
    blobs: int
    written: int


def load(archive: Path, images: Sequence[LockedImage], storage: RegistryStorage, progress: Progress = silent) -> Loaded:
    """Have all images in the registry. Blobs that are there are not read again.

    An image that cannot be had keeps no other from being served; all faults are told at the end.

    Raises:
        VerificationError, Faults: blobs are altered or missing, or the archive is not the layout of these images.
        MachineError: no space (how much lacks is said), or the medium cannot be read.
    """
    with Archive.opened(archive) as tar, storage.receiving():
        members = tar.members()
        found = _gathered(tar, members, images)
        chosen = way(archive)
        with Crew(chosen.threads, chosen.most) as crew:
            load = _Load(tar, storage, found.contents, chosen.hashing, crew, progress)
            load.begin(found.documents)
            for member in _joined(found.following, members):
                load.take(member, strict=not found.faults)
            crew.wait()
    in_order = sorted(crew.faults, key=lambda fault: (len(fault.where), fault.where))  # places end with a number
    raise_all(f"{archive}: not all images can be served from it", [*found.faults, *in_order, *load.missing()])
    return load.told()


@dataclass(frozen=True)
class _Gathered:
    """The archive up to its first layer.

    Args:
        contents: what each image consists of, but for those with faults.
        documents: manifests and indexes.
        following: the first layer.
        faults: what speaks against images already.
    """

    contents: tuple[Contents, ...]
    documents: Mapping[Digest, bytes]
    following: Member | None
    faults: tuple[AirlockError, ...]


def _gathered(tar: Archive, members: Iterator[Member], images: Sequence[LockedImage]) -> _Gathered:
    documents, raws, following = Documents(images), dict[Digest, bytes](), None
    faults: list[AirlockError] = []
    for member in members:
        if member.digest is None:
            if member.name == INDEX:
                _check_index(tar.read(member, _MAX_INDEX), images, tar.path)
        elif not documents.wants(member.digest):
            following = member
            break
        else:
            raw = tar.read(member, oci.MAX_DOCUMENT)
            with _faults(faults):
                documents.add(member.digest, raw)
                raws[member.digest] = raw
    contents: list[Contents] = []
    for image in images:
        with _faults(faults):
            contents.append(documents.contents(image))
    return _Gathered(tuple(contents), raws, following, tuple(faults))


class _Load:
    """The way of blobs from the archive into the storage."""

    def __init__(
        self,
        tar: Archive,
        storage: RegistryStorage,
        contents: Sequence[Contents],
        hashing: Hashing,
        crew: Crew,
        progress: Progress,
    ) -> None:
        sizes = {digest: size for content in contents for digest, size in content.sizes.items()}
        present = {digest for digest, size in sizes.items() if storage.has(digest, size)}
        self._tar = tar
        self._images = sum(content.image.attachment is None for content in contents)
        self._storage = storage
        self._arrivals = Arrivals(contents, present)
        self._progress = progress
        self._hashing = hashing
        self._crew = crew
        self._buffers = Buffers()
        self._seen: set[Digest] = set()
        self._new: list[str] = []
        self._outset = self._arrivals.left

    def begin(self, documents: Mapping[Digest, bytes]) -> None:
        """Serve what is whole already, and write the manifests.

        Raises:
            MachineError: what lacks does not fit.
        """
        if self._arrivals.left:
            self._check_space()
        arrivals, whole = self._arrivals, tuple(self._arrivals.whole)
        present = arrivals.total - arrivals.left
        there = sum(content.image.attachment is None for content in whole)
        self._progress(Outset("load", self._images, arrivals.total, there, present))
        for content in whole:
            self._link(content)
        for digest, raw in documents.items():
            if self._arrivals.lacks(digest):
                self._seen.add(digest)
                self._crew.submit(partial(self._receive, digest, [raw], str(self._tar.path)))

    def take(self, member: Member, *, strict: bool) -> None:
        """Have a blob read, verified and written, beside others.

        Args:
            strict: every blob must be one of an image's.

        Raises:
            VerificationError: it is not, or has another size than the manifests say.
        """
        digest, where = member.digest, self._tar.place(member.offset)
        if digest is None:
            return
        size = self._arrivals.size(digest)
        if size is None and strict:
            why = "no image of images.lock needs it, or its manifest does not stand before all layers"
            raise VerificationError(f"the blob {digest} has no place", where=where, why=why, todo=_VERIFY)
        if size not in (None, member.size):
            what = f"the blob {digest} has {member.size} bytes, and the manifests say {size}"
            raise VerificationError(what, where=where, why=self._needed(digest), todo=_VERIFY)
        self._seen.add(digest)
        if self._arrivals.lacks(digest):
            self._crew.submit(partial(self._copy, digest, member, where))

    def missing(self) -> list[AirlockError]:
        """The blobs that the archive does not hold."""
        return [
            VerificationError(f"lacks the blob {digest}", where=str(self._tar.path), why=self._needed(digest))
            for digest in self._arrivals.lacking()
            if digest not in self._seen
        ]

    def told(self) -> Loaded:
        """What was done."""
        arrivals = self._arrivals
        attached = sum(content.image.attachment is not None for content in arrivals.whole)
        images, written = len(arrivals.whole) - attached, self._outset - arrivals.left
        return Loaded(images, attached, len(self._new), arrivals.blobs, written)

    def _copy(self, digest: Digest, member: Member, where: str) -> None:
        with self._buffers.borrowed() as one, self._buffers.borrowed() as other:
            self._receive(digest, self._tar.pieces(member, one, other), where)

    def _receive(self, digest: Digest, pieces: Iterable[bytes | memoryview], where: str) -> None:
        with self._room():
            found = self._storage.receive(digest, pieces, self._hashing)
        if found != digest:
            why = f"its bytes have {found}; {self._needed(digest)}"
            raise VerificationError(f"the blob {digest} is altered", where=where, why=why, todo=_VERIFY)
        for content in self._arrivals.arrived(digest):
            self._link(content)

    def _link(self, content: Contents) -> None:
        """Make an image visible; it is whole."""
        with self._room():
            new = self._storage.link(content)
        self._crew.widen()
        if not new:
            return
        self._new.append(content.image.site_name)
        done = self._arrivals.total - self._arrivals.left
        self._progress(Step("load", content.image.site_name, done, self._arrivals.total, finished=True))

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        """Say how much space lacks, when it is space."""
        try:
            with atomic.disk_errors(self._storage.root):
                yield
        except MachineError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in (errno.ENOSPC, errno.EDQUOT):
                self._check_space()
            raise

    def _check_space(self) -> None:
        need = self._arrivals.left + _RESERVE
        free = self._storage.free() + self._storage.aside()
        if need > free:
            raise MachineError(
                f"no space for the images: {human(need)} are needed, {human(free)} are free, {human(need - free)} lack",
                where=str(self._storage.root),
                todo="free so much there and run again: it goes on where it was",
            )

    def _needed(self, digest: Digest) -> str:
        return f"needed by {self._arrivals.users(digest)}"


def _joined(first: Member | None, others: Iterator[Member]) -> Iterator[Member]:
    if first is not None:
        yield first
        yield from others


@contextlib.contextmanager
def _faults(found: list[AirlockError]) -> Iterator[None]:
    try:
        yield
    except VerificationError as error:
        found.append(error)


def _check_index(raw: bytes, images: Sequence[LockedImage], archive: Path) -> None:
    where = f"{archive}: {INDEX}"
    try:
        data: Mapping[str, list[Mapping[str, str]]] = json.loads(raw)
        indexed = frozenset(Digest.parse(entry["digest"]) for entry in data["manifests"])
    except (ValueError, KeyError, TypeError, AttributeError, AirlockError) as error:
        raise VerificationError("not an image index", where=where, why=str(error), todo=_VERIFY) from error
    missing = [image for image in images if image.digest not in indexed]
    raise_all(
        f"{archive} does not hold all images of images.lock",
        [VerificationError("in images.lock, not in registry.tar", where=str(image.ref)) for image in missing],
    )
