"""The lists of what refers to an image: written again from what they list, since no registry has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.fetch.images import Source
from airlock_builder.store import Store
from airlock_core.attached import LIST, artifact, listing
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedImage


@dataclass(frozen=True)
class Listing:
    """One list, beside the registry that what it lists comes from.

    Args:
        listed: the locked artifacts that refer to the same manifest.
    """

    image: LockedImage
    listed: tuple[LockedImage, ...]
    registry: Source
    store: Store

    @classmethod
    def of(cls, image: LockedImage, images: Iterable[LockedImage], registry: Source, store: Store) -> Listing:
        """The list that a lock names.

        Args:
            images: all of the lock.
        """
        return cls(image, tuple(one for one in images if _refers(one, image)), registry, store)

    def raw(self, ref: ImageRef) -> bytes:
        """The list itself, or a manifest that it lists.

        Raises:
            UpstreamError: a manifest that it lists cannot be had.
            VerificationError: the lock does not name what the list was made of.
        """
        if ref.pinned != self.image.digest:
            return self._manifest(ref)
        raw = listing(artifact(self._manifest(one.ref), where=str(one.ref)) for one in self.listed)
        if Digest.sha256(raw) != ref.pinned:
            what = f"the list of what refers to an image is not of the {len(self.listed)} artifacts that are locked"
            raise VerificationError(what, where=f"{ref.name}:{self.image.tag}", todo="run `airlock lock`")
        return raw

    def copy(self, ref: ImageRef, *, layout: Path, blobs: Path) -> None:
        """Bring what a listed manifest points to."""
        self.registry.copy(ref, layout=layout, blobs=blobs)

    def host(self, ref: ImageRef) -> str:
        """That of the registry."""
        return self.registry.host(ref)

    def _manifest(self, ref: ImageRef) -> bytes:
        return self.store.read(ref.pinned) if self.store.intact(ref.pinned) else self.registry.raw(ref)


def is_list(image: LockedImage) -> bool:
    """Whether an entry of a lock is such a list."""
    return image.attachment is not None and image.attachment.kind == LIST


def _refers(one: LockedImage, image: LockedImage) -> bool:
    ours, about = one.attachment, image.attachment
    if ours is None or about is None or is_list(one):
        return False
    return (one.ref.name, ours.subject) == (image.ref.name, about.subject) and ours.way.startswith("referrers-")
