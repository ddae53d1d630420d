"""What of an image is carried once its platforms are chosen: its root document, and the sizes of all its blobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from airlock_core import attached, oci
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.imageref import ImageRef


class Documents(Protocol):
    """Where the documents of images are: a registry, or an archive."""

    def raw(self, ref: ImageRef) -> bytes:
        """The bytes of a manifest or index."""

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """The bytes of a small blob of an image's repository: a configuration."""


@dataclass(frozen=True)
class Carried:
    """What an image comes to once its platforms are chosen: its root document, and the sizes of all its blobs.

    Args:
        index: what that was taken from, where it is the manifest of one platform.
        manifests: those of the platforms, where the root document is their index.
        attestations: BuildKit's, in the index: each with which of the manifests it is about.
    """

    digest: Digest
    platforms: tuple[str, ...]
    blobs: Mapping[Digest, int]
    index: Digest | None = None
    manifests: tuple[Digest, ...] = ()
    attestations: tuple[tuple[Digest, Digest], ...] = ()

    @property
    def size(self) -> int:
        return sum(self.blobs.values())


def resolve(ref: ImageRef, platforms: Sequence[str], documents: Documents) -> Carried:
    """Look an image up, with what its manifests point to.

    Raises:
        InputError: it is not there for a platform that is asked for.
        VerificationError: its documents are no image's.
    """
    raw = documents.raw(ref)
    digest = Digest.sha256(raw)
    document = oci.parse(raw, where=str(ref))
    if not document.is_index:
        return _single(ref, digest, raw, platforms, documents)
    chosen = choose(document, platforms, where=str(ref))
    parts = [_blobs(ref.at(child.digest), documents.raw(ref.at(child.digest))) for child in chosen]
    names = tuple(child.platform for child in chosen)
    manifests = tuple(child.digest for child in chosen)
    beside = tuple(attached.beside(raw, manifests))
    if len(platforms) == 1:
        return Carried(chosen[0].digest, names, parts[0], digest, attestations=beside)
    merged = {key: size for part in parts for key, size in part.items()}
    return Carried(digest, names, {**merged, digest: len(raw)}, manifests=manifests, attestations=beside)


def choose(document: oci.Document, platforms: Sequence[str], *, where: str) -> list[oci.Descriptor]:
    """The entries of an index for these platforms, the first that fits each.

    ``os/arch`` fits any variant; ``os/arch/variant`` that one alone.

    Raises:
        InputError: one is not there; those that are, are named.
    """
    chosen = {platform: _first(document, platform) for platform in platforms}
    missing = [platform for platform, found in chosen.items() if found is None]
    if missing:
        there = ", ".join(child.platform for child in document.children if child.platform) or "none"
        todo = "correct images.platforms, or take an image that is built for them"
        raise InputError(f"not there for {', '.join(missing)}; only for {there}", where=where, todo=todo)
    return [found for found in dict.fromkeys(chosen.values()) if found]


def _first(document: oci.Document, platform: str) -> oci.Descriptor | None:
    fitting = [child for child in document.children if f"{child.platform}/".startswith(f"{platform}/")]
    return fitting[0] if fitting else None


def _single(ref: ImageRef, digest: Digest, raw: bytes, platforms: Sequence[str], documents: Documents) -> Carried:
    """An image of one platform, which must be one of those asked for."""
    platform = _platform(ref.at(digest), raw, documents)
    if platform and not any(f"{platform}/".startswith(f"{asked}/") for asked in platforms):
        todo = "correct images.platforms, or take an image that is built for them"
        raise InputError(f"not there for {', '.join(platforms)}; only for {platform}", where=str(ref), todo=todo)
    return Carried(digest, (platform,) if platform else (), _blobs(ref.at(digest), raw))


def _platform(ref: ImageRef, raw: bytes, documents: Documents) -> str:
    """What an image's configuration says that it is for (OCI image specification, "Image Configuration")."""
    config = oci.parse(raw, where=str(ref)).children[0].digest
    try:
        said: Mapping[str, object] = json.loads(documents.blob(ref, config) or b"{}")
        parts = [said.get(key) for key in ("os", "architecture", "variant")]
    except (ValueError, AttributeError, RecursionError) as error:
        where = f"{ref.name}@{config}"
        raise VerificationError("is no image's configuration", where=where, why=str(error)) from error
    return "/".join(str(part) for part in parts if part)


def _blobs(ref: ImageRef, raw: bytes) -> dict[Digest, int]:
    """The sizes of a manifest, its configuration and its layers, each once."""
    document = oci.parse(raw, where=str(ref))
    return {Digest.sha256(raw): len(raw), **{child.digest: child.size for child in document.children}}
