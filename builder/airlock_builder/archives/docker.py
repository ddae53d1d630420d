"""Manifests for the images of a docker-archive, which has none: written from what it holds, its layers as they stand.

OCI's media types are written whatever the archive came from: clients and registries take them all the same, and skopeo
finds such images by name. Nothing is packed or unpacked, so that the same archive gives the same digests everywhere.

Source: moby's image specification 1.2 (``manifest.json``: ``[{Config, RepoTags, Layers}]``); OCI image specification
1.1, "manifest.md" and "config.md" (``rootfs.diff_ids``: the digests of the layers unpacked).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from airlock_core import compression, oci
from airlock_core.archives.tar import Member
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import VerificationError

if TYPE_CHECKING:
    from airlock_builder.archives.reading import Archive, Found

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_PACKINGS = {b"\x1f\x8b": "+gzip", b"\x28\xb5\x2f\xfd": "+zstd"}
_MAX_LAYER = 256 << 30


def images(archive: Archive) -> tuple[Found, ...]:
    """The images of ``manifest.json``, each with a manifest that the archive now has.

    Raises:
        VerificationError: a file lacks, or a layer is not what the image's configuration says.
    """
    from airlock_builder.archives.reading import Found

    layers: dict[str, dict[str, Any]] = {}
    found = []
    for entry in archive.document("manifest.json", list):
        try:
            config, names, tags = str(entry["Config"]), entry["Layers"] or [], entry.get("RepoTags") or []
        except (KeyError, TypeError, AttributeError) as error:
            what = "its manifest.json is not what such archives have"
            raise VerificationError(what, where=archive.where, why=str(error)) from error
        digest = _manifest(archive, config, [str(name) for name in names], layers)
        found.append(Found(digest, tuple(str(tag) for tag in tags)))
    return tuple(found)


def _manifest(archive: Archive, config: str, names: Sequence[str], layers: dict[str, dict[str, Any]]) -> Digest:
    raw = archive.file(config)
    diffs = _diffs(raw, config, archive)
    if len(diffs) != len(names):
        what = f"{config} says {len(diffs)} layers, and manifest.json {len(names)}"
        raise VerificationError(what, where=archive.where)
    for name, diff in zip(names, diffs, strict=True):
        if name not in layers:
            layers[name] = _layer(archive, name)
        if layers[name]["diff"] != diff:
            what = f"its layer {name} is not what {config} says: {diff} expected, {layers[name]['diff']} found"
            raise VerificationError(what, where=archive.where, todo="have the archive sent again")
    manifest = {
        "schemaVersion": 2,
        "mediaType": oci.OCI_MANIFEST,
        "config": {"mediaType": _CONFIG, "digest": str(archive.keep(raw)), "size": len(raw)},
        "layers": [{key: value for key, value in layers[name].items() if key != "diff"} for name in names],
    }
    return archive.keep(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())


def _diffs(raw: bytes, name: str, archive: Archive) -> list[str]:
    try:
        data: Mapping[str, Any] = json.loads(raw)
        return [str(diff) for diff in data["rootfs"].get("diff_ids") or ()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"its {name} is no image configuration"
        raise VerificationError(what, where=archive.where, why=str(error)) from error


def _layer(archive: Archive, name: str) -> dict[str, Any]:
    """The descriptor of a layer, with what it is unpacked."""
    member = archive.named(name)
    digest = archive.place(member)
    head = next(archive.pieces(Member(member.offset, min(4, member.size))), b"")
    packing = next((ending for magic, ending in _PACKINGS.items() if head.startswith(magic)), "")
    diff = _unpacked(archive, member, name) if packing else digest
    return {"mediaType": _LAYER + packing, "digest": str(digest), "size": member.size, "diff": str(diff)}


def _unpacked(archive: Archive, member: Member, name: str) -> Digest:
    sink = _Hashing()
    source = cast(BinaryIO, io.BufferedReader(_Part(archive, member), CHUNK))
    compression.unpack(source, cast(BinaryIO, sink), limit=_MAX_LAYER, where=f"{archive.where}: {name}")
    return Digest("sha256", sink.state.hexdigest())


class _Hashing(io.RawIOBase):
    """Takes bytes and keeps their digest alone."""

    def __init__(self) -> None:
        self.state = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.state.update(data)
        return len(data)


class _Part(io.RawIOBase):
    """A member of an archive as a file of its own."""

    def __init__(self, archive: Archive, member: Member) -> None:
        self._archive = archive
        self._member = member
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._member.size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        left = min(len(buffer), self._member.size - self._at)
        piece = next(self._archive.pieces(Member(self._member.offset + self._at, left)), b"")
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
