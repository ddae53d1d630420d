"""Images into the store: documents first, then the blobs that lack, each blob once, all verified."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from airlock_builder.fetch.task import Task
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedImage
from airlock_core.progress import Progress, Step


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


def parts_of(image: LockedImage, store: Store, registry: Registry) -> list[ImagePart]:
    """The manifests of an image that are carried; its documents are brought into the store.

    Raises:
        UpstreamError: a document is not in the store and cannot be had.
        VerificationError: a document is not what its digest says, or lacks a locked platform.
    """
    root = _document(image.ref, store, registry)
    if not root.is_index:
        return [ImagePart(image, image.ref, _blobs(root))]
    # a lock of another tool's names no platforms: then all of the index is meant
    children = [child for child in root.children if not image.platforms or child.platform in image.platforms]
    missing = set(image.platforms) - {child.platform for child in children}
    if missing:
        what = f"its index lacks the locked platforms: {', '.join(sorted(missing))}"
        raise VerificationError(what, where=str(image.ref), todo="run `airlock lock`")
    refs = [image.ref.at(child.digest) for child in children]
    return [ImagePart(image, ref, _blobs(_document(ref, store, registry))) for ref in refs]


def lacking(parts: Iterable[ImagePart], store: Store) -> dict[Digest, int]:
    """The blobs that are not in the store, with their sizes, each once."""
    return {digest: size for part in parts for digest, size in part.blobs if not store.has(digest, size)}


def task_of(part: ImagePart, store: Store, registry: Registry, progress: Progress) -> Task:
    """The task that brings one manifest's blobs into the store."""
    return Task(part.subject, _size(part), lambda: _fetch(part, store, registry, progress))


def _fetch(part: ImagePart, store: Store, registry: Registry, progress: Progress) -> None:
    with ExitStack() as stack:
        # in one order everywhere, so that images that share layers wait for one another and never in a circle
        for digest in sorted(lacking([part], store)):
            stack.enter_context(store.held(digest))
        wanted = lacking([part], store)
        if wanted:
            size = sum(wanted.values())
            progress(Step("fetch", part.subject, 0, size))
            _copy(part, wanted, store, registry)
            progress(Step("fetch", part.subject, size, size, finished=True))


def _copy(part: ImagePart, wanted: dict[Digest, int], store: Store, registry: Registry) -> None:
    for digest in wanted:
        store.discard(digest)  # one of another size: skopeo would take it for right
    with store.scratch() as scratch:
        registry.copy(part.ref, layout=scratch / "layout", blobs=store.blobs)
    for digest, size in wanted.items():
        if not store.intact(digest, size):
            store.discard(digest)
            what = f"a blob of another size than its manifest says: {digest} of {size} bytes"
            raise VerificationError(what, where=part.subject, todo="compare with another registry")


def _document(ref: ImageRef, store: Store, registry: Registry) -> oci.Document:
    """A manifest or index, from the store where it is there and right."""
    digest = ref.digest
    if digest is None:
        raise ValueError(f"not by digest: {ref}")
    if not store.intact(digest):
        store.add(registry.raw(ref))
    return oci.parse(store.path(digest).read_bytes(), where=str(ref))


def _blobs(document: oci.Document) -> tuple[tuple[Digest, int], ...]:
    return tuple({child.digest: child.size for child in document.children}.items())


def _size(part: ImagePart) -> int:
    return sum(size for _, size in part.blobs)
