"""What the images of a lock consist of, by their manifests, which may come from the medium or from the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.locks.images import LockedImage


@dataclass(frozen=True)
class Manifest:
    """A manifest with its config and layers, or an index, which has none of its own."""

    digest: Digest
    layers: tuple[Digest, ...]


@dataclass(frozen=True)
class Contents:
    """All that one image needs.

    Args:
        image: the image.
        manifests: its manifests, an index after those that it names.
        sizes: bytes of each blob, manifests included.
    """

    image: LockedImage
    manifests: tuple[Manifest, ...]
    sizes: Mapping[Digest, int]


class Documents:
    """The manifests and indexes of some images, as they are found; each verified before it is added."""

    def __init__(self, images: Iterable[LockedImage]) -> None:
        self._found: dict[Digest, tuple[oci.Document, int]] = {}
        self._wanted = {image.digest: image for image in images}

    def wants(self, digest: Digest) -> bool:
        """Whether the lock, or an index that was found, names this as a manifest that was not found yet."""
        return digest in self._wanted and digest not in self._found

    def missing(self) -> list[Digest]:
        """What is wanted still."""
        return [digest for digest in self._wanted if digest not in self._found]

    def user(self, digest: Digest) -> LockedImage:
        """An image that needs a document which is or was wanted."""
        return self._wanted[digest]

    def add(self, digest: Digest, raw: bytes) -> None:
        """Take a document.

        Raises:
            VerificationError: it has another digest, or is no manifest.
        """
        where = f"{self._wanted[digest].ref}: {digest}"
        found = Digest(digest.algorithm, _hex(digest.algorithm, raw))
        if found != digest:
            raise VerificationError("the manifest is altered", where=where, why=f"what is there is {found}")
        document = oci.parse(raw, where=where)
        self._found[digest] = document, len(raw)
        if document.is_index:
            for child in document.children:
                self._wanted.setdefault(child.digest, self._wanted[digest])

    def contents(self, image: LockedImage) -> Contents:
        """What an image consists of.

        Raises:
            VerificationError: a manifest that it needs was not found, or a blob is said to have two sizes.
        """
        self._check_platforms(image)
        manifests: list[Manifest] = []
        sizes: dict[Digest, int] = {}
        for digest in dict.fromkeys(self._below(image.digest)):
            document, size = self._found[digest]
            children = self._carried(document)
            for what, length in ((digest, size), *((child.digest, child.size) for child in children)):
                if length < 0 or sizes.setdefault(what, length) != length:
                    raise VerificationError(f"the manifests disagree on the size of {what}", where=str(image.ref))
            layers = () if document.is_index else tuple(child.digest for child in children)
            manifests.append(Manifest(digest, layers))
        return Contents(image, tuple(manifests), sizes)

    def _below(self, digest: Digest) -> Iterator[Digest]:
        """A document after all those that it names."""
        document, _ = self._found[digest]
        if document.is_index:
            for child in self._carried(document):
                yield from self._below(child.digest)
        yield digest

    def _carried(self, document: oci.Document) -> list[oci.Descriptor]:
        """An index is kept as it was, so it also names platforms that were not asked for and are not carried."""
        return [child for child in document.children if not document.is_index or child.digest in self._found]

    def _check_platforms(self, image: LockedImage) -> None:
        if image.digest not in self._found:
            raise VerificationError(f"its manifest {image.digest} is lacking", where=str(image.ref))
        document, _ = self._found[image.digest]
        if not document.is_index:
            return
        carried = self._carried(document)
        lacking = {name for name in image.platforms if not any(_is(name, child.platform) for child in carried)}
        if not image.platforms:
            lacking = {child.platform or str(child.digest) for child in document.children if child not in carried}
        if lacking:
            raise VerificationError(f"its manifest for {', '.join(sorted(lacking))} is lacking", where=str(image.ref))


def _is(wanted: str, platform: str) -> bool:
    return platform == wanted or platform.startswith(f"{wanted}/")


def _hex(algorithm: str, raw: bytes) -> str:
    return hashlib.new(algorithm, raw).hexdigest()
