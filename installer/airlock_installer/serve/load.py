"""Loading ``registry.tar`` into the registry's storage: read once, every blob verified, resumable.

The archive is an OCI image layout (image-layout.md): ``oci-layout``, ``index.json``, ``blobs/<algorithm>/<hex>``. The
images take the names of images.lock: the repository without its original host, the tag that was asked for.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, MachineError, VerificationError, raise_all
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.progress import Progress, Step, silent
from airlock_installer.serve.storage import RegistryStorage

_BLOB = re.compile(r"(?:\./)?blobs/(sha256|sha512)/([0-9a-f]+)")
_MAX_INDEX = 64 << 20


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Args:
        images: how many images the registry now has from the archive.
        blobs: how many blobs the archive holds.
        written: bytes of the blobs that were not there before.
    """

    images: int
    blobs: int
    written: int


def load(archive: Path, lock: ImagesLock, storage: RegistryStorage, progress: Progress = silent) -> Loaded:
    """Load all images of a lock. Blobs come first and tags last, so that a cut never leaves a tag without its image.

    Raises:
        VerificationError: a blob is altered or missing, or the archive is no image layout.
        MachineError: no space, or the archive cannot be read.
    """
    try:
        with tarfile.open(archive, mode="r:") as tar:
            indexed, blobs, written = _take_blobs(tar, storage, progress)
    except tarfile.TarError as error:
        raise VerificationError("not a tar archive", where=str(archive), why=str(error)) from error
    except OSError as error:
        raise MachineError("cannot be read", where=str(archive), why=error.strerror or str(error)) from error
    _check_index(lock, indexed, str(archive))
    for image in lock.images:
        _link(image, storage)
        progress(Step("load", image.site_name, finished=True))
    return Loaded(len(lock.images), blobs, written)


def _take_blobs(
    tar: tarfile.TarFile, storage: RegistryStorage, progress: Progress
) -> tuple[frozenset[Digest], int, int]:
    indexed: frozenset[Digest] = frozenset()
    blobs = written = 0
    for member in tar:
        if member.name.removeprefix("./") == "index.json":
            indexed = _indexed(_read(tar, member))
        elif digest := _blob_of(member):
            blobs += 1
            if not storage.has(digest, member.size):
                _add(tar, member, digest, storage)
                written += member.size
                progress(Step("load", str(digest), member.size, member.size))
    return indexed, blobs, written


def _blob_of(member: tarfile.TarInfo) -> Digest | None:
    if member.isdir() or member.name.removeprefix("./") == "oci-layout":
        return None
    match = _BLOB.fullmatch(member.name)
    if not match or not member.isreg():
        raise VerificationError(f"registry.tar holds what no image layout has: {member.name!r}")
    return Digest.parse(f"{match[1]}:{match[2]}", where=member.name)


def _add(tar: tarfile.TarFile, member: tarfile.TarInfo, digest: Digest, storage: RegistryStorage) -> None:
    source = tar.extractfile(member)
    if source is None:
        raise VerificationError("not a regular file", where=member.name)
    with source:
        storage.add(digest, member.size, source)


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = tar.extractfile(member) if member.size <= _MAX_INDEX else None
    if source is None:
        raise VerificationError("not a file of a sensible length", where=member.name)
    with source:
        return source.read()


def _indexed(raw: bytes) -> frozenset[Digest]:
    try:
        data: Mapping[str, list[Mapping[str, str]]] = json.loads(raw)
        return frozenset(Digest.parse(entry["digest"]) for entry in data["manifests"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VerificationError("not an image index", where="registry.tar: index.json", why=str(error)) from error


def _check_index(lock: ImagesLock, indexed: frozenset[Digest], where: str) -> None:
    missing: list[AirlockError] = [
        VerificationError("in images.lock, not in registry.tar", where=str(image.ref))
        for image in lock.images
        if image.digest not in indexed
    ]
    raise_all(f"{where} does not hold all images of images.lock", missing)


def _link(image: LockedImage, storage: RegistryStorage) -> None:
    repository = image.ref.repository
    for digest, layers in _manifests(image, storage):
        for layer in layers:
            storage.link_layer(repository, layer)
        storage.link_manifest(repository, digest)
    if image.tag:
        storage.link_tag(repository, image.tag, image.digest)


def _manifests(image: LockedImage, storage: RegistryStorage) -> Iterator[tuple[Digest, Iterable[Digest]]]:
    """Each manifest of an image with its layers; the index, if there is one, last."""
    document = _document(image.digest, image, storage)
    if not document.is_index:
        yield image.digest, _layers(document, image, storage)
        return
    # An index is kept as it was, so it also names platforms that were not asked for and are not carried.
    carried = [child for child in document.children if storage.has(child.digest, child.size)]
    lacking = {name for name in image.platforms if not any(_is(name, child.platform) for child in carried)}
    if lacking:
        raise VerificationError(f"registry.tar lacks {', '.join(sorted(lacking))}", where=str(image.ref))
    for child in carried:
        yield child.digest, _layers(_document(child.digest, image, storage), image, storage)
    yield image.digest, ()


def _is(wanted: str, platform: str) -> bool:
    return platform == wanted or platform.startswith(f"{wanted}/")


def _document(digest: Digest, image: LockedImage, storage: RegistryStorage) -> oci.Document:
    try:
        return oci.parse(storage.blob(digest).read_bytes(), where=f"{image.ref}: {digest}")
    except FileNotFoundError:
        raise VerificationError(f"registry.tar lacks the manifest {digest}", where=str(image.ref)) from None


def _layers(document: oci.Document, image: LockedImage, storage: RegistryStorage) -> list[Digest]:
    for child in document.children:
        if not storage.has(child.digest, child.size):
            raise VerificationError(f"registry.tar lacks the blob {child.digest}", where=str(image.ref))
    return [child.digest for child in document.children]
