"""Images into the store: documents first, then the blobs that lack, each blob once, all verified.

Images that share blobs are fetched side by side: each brings what nobody else is bringing, and waits for the rest.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from airlock_builder.crew.task import Task
from airlock_builder.fetch.watch import watching
from airlock_builder.remote.failures import MissingError
from airlock_builder.store import Store
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedImage
from airlock_core.progress import Progress, Step


class Source(Protocol):
    """Where images come from: a registry (remote/source.py), or an archive (archived.py)."""

    def raw(self, ref: ImageRef) -> bytes:
        """The bytes of the manifest or index that a reference pins, verified."""

    def copy(self, ref: ImageRef, *, layout: Path, blobs: Path) -> None:
        """Bring what a manifest points to, and is not in ``blobs``, there by way of an empty folder.

        A blob has its name there when it is whole and verified.
        """

    def host(self, ref: ImageRef) -> str:
        """The ``host[:port]`` that is asked; empty for none."""


@dataclass(frozen=True)
class ImagePart:
    """One manifest of an image, for one platform.

    Args:
        image: the image as it was asked for.
        ref: the manifest, by digest.
        blobs: digest and size of its configuration and layers.
    """

    image: LockedImage
    ref: ImageRef
    blobs: tuple[tuple[Digest, int], ...]

    @property
    def subject(self) -> str:
        """What it is, for progress and errors."""
        tag = f":{self.image.tag}" if self.image.tag else ""
        return f"{self.ref.name}{tag}@{self.ref.digest}"

    def lacks(self, needed: Container[Digest]) -> bool:
        """Whether any of its blobs is among those."""
        return any(digest in needed for digest, _ in self.blobs)


def parts_of(image: LockedImage, store: Store, source: Source) -> list[ImagePart]:
    """The manifests of an image that are carried; its documents are brought into the store.

    Raises:
        UpstreamError: a document is not in the store and cannot be had.
        VerificationError: a document is not what its digest says, or lacks a locked platform.
    """
    root = _root(image, store, source)
    if not root.is_index:
        return [ImagePart(image, image.ref, _blobs(root))]
    # a lock of another tool's names no platforms: then all of the index is meant
    children = [child for child in root.children if not image.platforms or child.platform in image.platforms]
    missing = set(image.platforms) - {child.platform for child in children}
    if missing:
        what = f"its index lacks the locked platforms: {', '.join(sorted(missing))}"
        raise VerificationError(what, where=str(image.ref), todo="run `airlock lock`")
    refs = [image.ref.at(child.digest) for child in children]
    return [ImagePart(image, ref, _blobs(_document(ref, store, source))) for ref in refs]


def known_layers(image: LockedImage, store: Store) -> dict[Digest, int] | None:
    """The configurations and layers of an image with their sizes; None while its manifests are not in the store."""
    try:
        parts = parts_of(image, store, _Nowhere())
    except UpstreamError:
        return None
    return {digest: size for part in parts for digest, size in part.blobs}


class _Nowhere:
    """A source that has nothing."""

    def raw(self, ref: ImageRef) -> bytes:
        raise UpstreamError("is not in the store", where=str(ref), todo="run `airlock fetch`")

    def copy(self, ref: ImageRef, *, layout: Path, blobs: Path) -> None:
        self.raw(ref)

    def host(self, ref: ImageRef) -> str:
        return ""


def lacking(parts: Iterable[ImagePart], store: Store) -> dict[Digest, int]:
    """The blobs that are not in the store, with their sizes, each once."""
    return {digest: size for part in parts for digest, size in part.blobs if not store.has(digest, size)}


def task_of(part: ImagePart, store: Store, source: Source, progress: Progress) -> Task:
    """The task that brings one manifest's blobs into the store."""
    return Task(part.subject, _size(part), lambda: _fetch(part, store, source, progress), source.host(part.ref))


def _fetch(part: ImagePart, store: Store, source: Source, progress: Progress) -> None:
    brought: dict[Digest, int] = {}
    try:
        while lacks := lacking([part], store):
            with ExitStack() as stack:
                mine = [digest for digest in sorted(lacks) if stack.enter_context(store.claimed(digest))]
                wanted = {digest: lacks[digest] for digest in mine if not store.has(digest, lacks[digest])}
                _copy(part, wanted, store, source, progress)
                brought |= wanted
            for digest in lacks.keys() - mine:  # nothing is held meanwhile, so that nobody waits in a circle
                store.wait_for(digest)
    except AirlockError:
        progress(Step("fetch", part.subject, 0, _size(part), failed=True))
        raise
    size = sum(brought.values())
    progress(Step("fetch", part.subject, size, size, finished=True, files=len(brought)))


def _copy(part: ImagePart, wanted: dict[Digest, int], store: Store, source: Source, progress: Progress) -> None:
    """Have an image copied aside, and take in each blob as soon as it is whole: what is cut costs one blob.

    Not straight into the store, since skopeo writes manifests under their final names.
    """
    if not wanted:
        return
    total = sum(wanted.values())
    with store.scratch() as scratch:
        arriving = _Arriving(scratch, part, wanted, store)
        try:
            with watching(arriving.look, lambda done: progress(Step("fetch", part.subject, done, total))):
                source.copy(part.ref, layout=arriving.layout, blobs=arriving.blobs)
        finally:
            arriving.look()
        arriving.check()


class _Arriving:
    """The blobs of one image, as skopeo brings them into a scratch folder."""

    def __init__(self, scratch: Path, part: ImagePart, wanted: dict[Digest, int], store: Store) -> None:
        self.layout = scratch / "layout"
        self.blobs = scratch / "blobs"
        self._part = part
        self._wanted = wanted
        self._store = store
        for digest, size in part.blobs:
            self._path(digest).parent.mkdir(parents=True, exist_ok=True)
            if digest not in wanted:
                self._put_instead(digest, size)

    def _put_instead(self, digest: Digest, size: int) -> None:
        """What is there is not fetched: the blob, or a hole as long where somebody else is bringing it."""
        if self._store.has(digest, size):
            os.link(self._store.path(digest), self._path(digest))
        else:
            with self._path(digest).open("xb") as hole:
                hole.truncate(size)

    def look(self) -> int:
        """Take in what is whole; the bytes of what is, and of what is being written."""
        for digest, size in self._wanted.items():
            if self._path(digest).exists() and not self._store.has(digest, size):
                with contextlib.suppress(VerificationError):  # told when all is there
                    self._store.adopt(self._path(digest), digest, size)
        written = sum(path.stat().st_size for path in self.layout.glob("oci-put-blob*"))
        return written + sum(size for digest, size in self._wanted.items() if self._store.has(digest, size))

    def check(self) -> None:
        """See that all has come.

        Raises:
            VerificationError: a blob is of another size than the manifest says, or did not come.
        """
        for digest, size in self._wanted.items():
            if not self._store.has(digest, size):
                what = f"a blob of another size than its manifest says: {digest} of {size} bytes"
                raise VerificationError(what, where=self._part.subject, todo="compare with another registry")

    def _path(self, digest: Digest) -> Path:
        return self.blobs / digest.algorithm / digest.hex


def _document(ref: ImageRef, store: Store, source: Source) -> oci.Document:
    """A manifest or index, from the store where it is there and right."""
    if not store.intact(ref.pinned):
        store.add(source.raw(ref))
    return oci.parse(store.path(ref.pinned).read_bytes(), where=str(ref))


def _root(image: LockedImage, store: Store, source: Source) -> oci.Document:
    """The locked manifest or index; where the registry has it no more, the error tells where its tag is now."""
    try:
        return _document(image.ref, store, source)
    except MissingError as fault:
        if image.tag:
            with contextlib.suppress(AirlockError):
                now = Digest.sha256(source.raw(replace(image.ref, tag=image.tag, digest=None)))
                fault.why = f"the registry has no {image.digest} any more; its tag {image.tag} is {now} now"
                fault.todo = "give a --mirror that has what is locked, or lock anew"
        raise


def _blobs(document: oci.Document) -> tuple[tuple[Digest, int], ...]:
    return tuple({child.digest: child.size for child in document.children}.items())


def _size(part: ImagePart) -> int:
    return sum(size for _, size in part.blobs)
