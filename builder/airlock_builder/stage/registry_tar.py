"""registry.tar: an OCI image layout of all images as one uncompressed tar, each blob once.

Source: OCI image layout specification 1.1; containers-transports(5), ``oci-archive``. What a reader needs first stands
first: ``index.json``, ``oci-layout``, all manifests, then configs and layers in the order of their first use, so that a
registry can be loaded in one pass.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from airlock_builder.stage.inputs import StoreView
from airlock_builder.stage.written import HashingFile, Staging
from airlock_core import media, oci
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.progress import Progress, Step
from airlock_core.tree import MediaFile

_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_STAGE = "stage"


@dataclass
class _Blobs:
    """Blobs in the order of their first use, by digest: manifests apart from all else."""

    documents: dict[Digest, bytes] = field(default_factory=dict)
    others: dict[Digest, int] = field(default_factory=dict)
    media_types: dict[Digest, str] = field(default_factory=dict)


def archive(images: ImagesLock, view: StoreView, staging: Staging, *, epoch: int, tell: Progress) -> MediaFile:
    """Write the archive, straight from the store, a piece at a time.

    Raises:
        InputError: a blob of an image is not in the store.
        VerificationError: a manifest in the store is damaged, or a blob has another size than its image says.
        MachineError: no space in the staging folder.
    """
    ordered = sorted(images.images, key=lambda image: (image.site_name, str(image.digest)))
    blobs = _collected(ordered, view)
    with staging.open(media.REGISTRY_TAR) as (path, file):
        _write(file, _index(ordered, blobs), blobs, view, epoch, tell)
    return MediaFile(media.REGISTRY_TAR, path, file.digest, file.size)


def size(images: ImagesLock, view: StoreView) -> int:
    """Bytes of all blobs of the archive, each once: what it takes at least.

    Raises:
        InputError, VerificationError: as :func:`archive`.
    """
    blobs = _collected(images.images, view)
    return sum(map(len, blobs.documents.values())) + sum(blobs.others.values())


def _collected(images: Iterable[LockedImage], view: StoreView) -> _Blobs:
    blobs = _Blobs()
    for image in images:
        _collect(image.digest, image, view, blobs)
    return blobs


def _collect(name: Digest, image: LockedImage, view: StoreView, blobs: _Blobs) -> None:
    if name in blobs.documents:
        return
    raw = _read(name, image, view)
    document = oci.parse(raw, where=str(image.ref))
    blobs.documents[name] = raw
    blobs.media_types[name] = document.media_type
    if document.is_index:
        for child in _carried(document, image):
            _collect(child.digest, image, view, blobs)
    else:
        for child in document.children:
            blobs.others.setdefault(child.digest, child.size)


def _read(name: Digest, image: LockedImage, view: StoreView) -> bytes:
    if not view.path(name).is_file():
        raise _absent(name, str(image.ref))
    return view.read(name)


def _carried(index: oci.Document, image: LockedImage) -> list[oci.Descriptor]:
    """The first entry of each platform that the lock names; a lock that names none carries all."""
    if not image.platforms:
        return list(index.children)
    first: dict[str, oci.Descriptor] = {}
    for child in index.children:
        first.setdefault(child.platform, child)
    return [first[platform] for platform in sorted(image.platforms) if platform in first]


def _index(images: list[LockedImage], blobs: _Blobs) -> bytes:
    manifests = [
        {
            "mediaType": blobs.media_types[image.digest],
            "digest": str(image.digest),
            "size": len(blobs.documents[image.digest]),
            "annotations": {oci.REF_NAME: image.site_name},
        }
        for image in images
    ]
    index: dict[str, Any] = {"schemaVersion": 2, "mediaType": oci.OCI_INDEX, "manifests": manifests}
    return json.dumps(index, sort_keys=True, separators=(",", ":")).encode()


def _write(file: HashingFile, index: bytes, blobs: _Blobs, view: StoreView, epoch: int, tell: Progress) -> None:
    small = {"index.json": index, "oci-layout": _LAYOUT, **{_place(name): raw for name, raw in blobs.documents.items()}}
    total = sum(map(len, small.values())) + sum(blobs.others.values())
    for name, raw in small.items():
        _member(file, name, len(raw), iter([raw]), epoch)
    for digest, size in blobs.others.items():
        _member(file, _place(digest), size, _chunks(digest, size, view), epoch)
        tell(Step(_STAGE, media.REGISTRY_TAR.name, file.size, total))
    file.write(b"\0" * (2 * tarfile.BLOCKSIZE))
    tell(Step(_STAGE, media.REGISTRY_TAR.name, total, total, finished=True))


def _member(file: HashingFile, name: str, size: int, chunks: Iterator[bytes], epoch: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, epoch, 0o644
    file.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    for chunk in chunks:
        file.write(chunk)
    file.write(b"\0" * (-size % tarfile.BLOCKSIZE))


def _chunks(name: Digest, size: int, view: StoreView) -> Iterator[bytes]:
    path = view.path(name)
    if not path.is_file():
        raise _absent(name, str(name))
    if path.stat().st_size != size:
        raise VerificationError(f"a blob of {path.stat().st_size} bytes that must have {size}", where=str(path))
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _place(name: Digest) -> str:
    return f"blobs/{name.algorithm}/{name.hex}"


def _absent(name: Digest, where: str) -> InputError:
    return InputError(f"the blob {name} is not in the store", where=where, todo="run `airlock fetch`")
