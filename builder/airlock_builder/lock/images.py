"""Image references locked: tag to digest, platform by platform, with the size of all that will be carried."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airlock_builder.lock.gather import Requests, gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.manifest.model import Manifest
from airlock_builder.remote.registry import Registry
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, UpstreamError, raise_all
from airlock_core.imageref import ImageRef
from airlock_core.locks import ImagesLock, LockedImage
from airlock_core.progress import Progress, Step, silent

JOBS = 4
"""Registries asked at once."""


@dataclass(frozen=True)
class _Carried:
    """What an image comes to once its platforms are chosen: its root document, and the sizes of all its blobs.

    Args:
        index: what that was taken from, where it is the manifest of one platform.
    """

    digest: Digest
    platforms: tuple[str, ...]
    blobs: Mapping[Digest, int]
    index: Digest | None = None

    @property
    def size(self) -> int:
        return sum(self.blobs.values())


def lock_images(
    manifest: Manifest, registry: Registry, *, keeping: Keeping | None = None, progress: Progress = silent
) -> ImagesLock:
    """Resolve every image reference of the manifest and its options, but for those that stay as they are locked.

    Raises:
        UpstreamError: an image is not there, or its registry cannot be reached.
        InputError: a platform that is asked for is not there; two images would have one name at the site.
        Faults: several of these; every image is tried.
    """
    wanted = _wanted(manifest)

    def lock(ref: ImageRef) -> LockedImage:
        stays = keeping.image(ref, wanted[ref].platforms, wanted[ref].options) if keeping else None
        if stays:
            return stays
        standing = keeping.standing_image(ref) if keeping else None
        if standing:
            carried = _for_others(standing, wanted[ref].platforms, registry)
        else:
            carried = _resolve(ref, wanted[ref].platforms, registry)
        progress(Step("lock", str(ref), carried.size, carried.size, finished=True))
        return LockedImage(
            ref.at(carried.digest), ref.tag, carried.platforms, carried.size, wanted[ref].options, index=carried.index
        )

    images = gather(lock, sorted(wanted, key=str), jobs=JOBS, what="images could not be locked")
    raise_all("images collide at the site", collisions(images))
    return ImagesLock(tuple(images))


def collisions(images: Iterable[LockedImage]) -> list[AirlockError]:
    """Images that would have the same name at the site, where the original host is no part of it, and differ."""
    named: dict[str, list[LockedImage]] = defaultdict(list)
    for image in images:
        if image.tag:
            named[image.site_name].append(image)
    return [
        InputError(
            f"several images would be {name} at the site: {' and '.join(str(image.ref) for image in those)}",
            where="images.refs",
            todo="keep one of them, or give one another tag or repository upstream",
        )
        for name, those in sorted(named.items())
        if len({image.digest for image in those}) > 1
    ]


@dataclass(frozen=True)
class _Wanted:
    platforms: tuple[str, ...]
    options: tuple[str, ...]


def _wanted(manifest: Manifest) -> dict[ImageRef, _Wanted]:
    """Each image once, with the platforms and options that ask for it."""
    requests: Requests[ImageRef] = Requests()
    platforms: dict[ImageRef, set[str]] = defaultdict(set)
    faults: list[AirlockError] = []
    for option, content in [(None, manifest), *sorted(manifest.options.items())]:
        for index, text in enumerate(content.images.refs):
            prefix = f"options.{option}." if option else ""
            try:
                ref = ImageRef.parse(text, where=f"{prefix}images.refs[{index}]")
            except InputError as fault:
                faults.append(fault)
                continue
            requests.add(ref, option)
            platforms[ref] |= set(content.images.platforms)
    raise_all("image references have faults", faults)
    return {ref: _Wanted(tuple(sorted(platforms[ref])), options) for ref, options in requests.items()}


def _resolve(ref: ImageRef, platforms: Sequence[str], registry: Registry) -> _Carried:
    raw = registry.raw(ref)
    digest = Digest.sha256(raw)
    document = oci.parse(raw, where=str(ref))
    if not document.is_index:
        return _single(ref, digest, raw, platforms, registry)
    chosen = choose(document, platforms, where=str(ref))
    parts = [_blobs(ref.at(child.digest), registry.raw(ref.at(child.digest))) for child in chosen]
    names = tuple(child.platform for child in chosen)
    if len(platforms) == 1:
        return _Carried(chosen[0].digest, names, parts[0], digest)
    merged = {key: size for part in parts for key, size in part.items()}
    return _Carried(digest, names, {**merged, digest: len(raw)})


def _for_others(locked: LockedImage, platforms: Sequence[str], registry: Registry) -> _Carried:
    """What is locked, for other platforms: from the index that it was taken from, wherever its tag is now.

    Raises:
        UpstreamError: the registry no longer has that index, and the image was not named to move.
    """
    try:
        return _resolve(locked.ref.at(locked.index or locked.digest), platforms, registry)
    except UpstreamError as fault:
        had, asked = ", ".join(locked.platforms), ", ".join(platforms)
        raise UpstreamError(
            f"locked for {had}, asked for {asked}, and what is locked cannot be had",
            where=str(locked.ref),
            why=fault.what,
            todo=f"move it too (--update '{locked.site_name}'), or take back images.platforms",
        ) from fault


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


def _single(ref: ImageRef, digest: Digest, raw: bytes, platforms: Sequence[str], registry: Registry) -> _Carried:
    """An image of one platform, which must be one of those asked for."""
    config = json.loads(registry.config(ref.at(digest)) or b"{}")
    parts = [str(config.get(key, "")) for key in ("os", "architecture", "variant")]
    platform = "/".join(part for part in parts if part)
    if platform and not any(f"{platform}/".startswith(f"{asked}/") for asked in platforms):
        todo = "correct images.platforms, or take an image that is built for them"
        raise InputError(f"not there for {', '.join(platforms)}; only for {platform}", where=str(ref), todo=todo)
    return _Carried(digest, (platform,) if platform else (), _blobs(ref.at(digest), raw))


def _blobs(ref: ImageRef, raw: bytes) -> dict[Digest, int]:
    """The sizes of a manifest, its configuration and its layers, each once."""
    document = oci.parse(raw, where=str(ref))
    return {Digest.sha256(raw): len(raw), **{child.digest: child.size for child in document.children}}
