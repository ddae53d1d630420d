"""registry.tar: an OCI image layout of all images as one uncompressed tar, each blob once.

Source: OCI image layout specification 1.1; containers-transports(5), ``oci-archive``. What a reader needs first stands
first: ``index.json``, ``oci-layout``, all manifests, then configs and layers in the order of their first use, so that a
registry can be loaded in one pass. Nothing is written here: whoever masters the medium puts it together from the store.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from airlock_builder.stage.inputs import StoreView
from airlock_core import media, oci
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.tree import ComposedFile, Piece

_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


@dataclass
class _Blobs:
    """Blobs in the order of their first use, by digest: manifests apart from all else."""

    documents: dict[Digest, bytes] = field(default_factory=dict)
    others: dict[Digest, int] = field(default_factory=dict)
    media_types: dict[Digest, str] = field(default_factory=dict)


def archive(images: ImagesLock, view: StoreView, *, epoch: int, first: Sequence[str] = ()) -> ComposedFile:
    """The archive, as pieces that stand in the store.

    Args:
        first: globs of names at the site, or with the original host; what they match comes first, in their order, then
            what is on every medium, then the images of options.

    Raises:
        InputError: a blob of an image is not in the store.
        VerificationError: a manifest in the store is damaged, or a blob has another size than its image says.
    """
    ordered = sorted(images.images, key=lambda image: (_rank(image, first), image.site_name, str(image.digest)))
    blobs = _collected(ordered, view)
    index = _index(sorted(ordered, key=lambda image: (image.site_name, str(image.digest))), blobs)
    return ComposedFile(media.REGISTRY_TAR, tuple(_pieces(index, blobs, view, epoch)))


def _rank(image: LockedImage, first: Sequence[str]) -> tuple[int, bool]:
    names = (image.site_name, f"{image.ref.host}/{image.site_name}")
    found = (number for number, glob in enumerate(first) if any(fnmatchcase(name, glob) for name in names))
    return next(found, len(first)), bool(image.options)


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


def _pieces(index: bytes, blobs: _Blobs, view: StoreView, epoch: int) -> Iterator[Piece]:
    small = {"index.json": index, "oci-layout": _LAYOUT, **{_place(name): raw for name, raw in blobs.documents.items()}}
    for name, raw in small.items():
        yield from _member(name, Piece.of(raw), epoch)
    for digest, size in blobs.others.items():
        yield from _member(_place(digest), Piece(_blob(digest, size, view), digest, size), epoch)
    yield Piece.of(b"\0" * (2 * tarfile.BLOCKSIZE))


def _member(name: str, content: Piece, epoch: int) -> Iterator[Piece]:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = content.size, epoch, 0o644
    yield Piece.of(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    yield content
    yield Piece.of(b"\0" * (-content.size % tarfile.BLOCKSIZE))


def _blob(name: Digest, size: int, view: StoreView) -> Path:
    path = view.path(name)
    if not path.is_file():
        raise _absent(name, str(name))
    if path.stat().st_size != size:
        raise VerificationError(f"a blob of {path.stat().st_size} bytes that must have {size}", where=str(path))
    return path


def _place(name: Digest) -> str:
    return f"blobs/{name.algorithm}/{name.hex}"


def _absent(name: Digest, where: str) -> InputError:
    return InputError(f"the blob {name} is not in the store", where=where, todo="run `airlock fetch`")
