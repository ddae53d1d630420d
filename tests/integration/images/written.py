"""Image archives of every kind: written by skopeo from made images, and packed."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import zstandard

from tests.standin.images import layout
from tests.standin.images.archive import noise, tar
from tests.standin.run import run

NAME = "vendor.test/array/driver:2.1"
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@dataclass(frozen=True)
class Archives:
    """Archives of one image by kind (``docker``, ``oci``), and one of an index for two platforms.

    Args:
        digest: the image's own.
        both_digest: the index's own.
    """

    plain: dict[str, bytes]
    digest: str
    both: bytes
    both_digest: str

    @classmethod
    def write(cls, folder: Path) -> Archives:
        """Write them in a folder."""
        digest = layout.write(folder / "layout", "one", [image("amd64")])
        plain = {}
        for kind in ("docker", "oci"):
            target = folder / f"{kind}.tar"
            run("skopeo", "--insecure-policy", "copy", f"oci:{folder}/layout:one", f"{kind}-archive:{target}:{NAME}")
            plain[kind] = target.read_bytes()
        both_digest = layout.write(folder / "both", NAME, [image("amd64"), image("arm64")])
        return cls(plain, digest, tarred(folder / "both", folder / "both.tar"), both_digest)


def image(architecture: str) -> layout.Image:
    """An image of two layers, the second for one architecture alone."""
    base = {"etc/os-release": b"ID=made\n", "usr/lib/base.bin": noise("base", 300_000)}
    return layout.Image(architecture, [base, {"usr/bin/driver": noise(architecture, 50_000)}], ["/usr/bin/driver"])


def tarred(folder: Path, target: Path) -> bytes:
    """A folder as a tar archive."""
    with tarfile.open(target, "w") as archive:
        archive.add(folder, ".")
    return target.read_bytes()


LAYER = tar({"etc/made": b"made\n"})


def saved(
    images: Mapping[str, str],
    *entries: tarfile.TarInfo,
    files: Mapping[str, bytes] | None = None,
    layer: bytes = LAYER,
    diff: str = "",
) -> bytes:
    """A docker-archive as `docker save` writes it, of images of one layer.

    Args:
        images: the layer's file by the image's name.
        entries: besides; links, for the most part.
        files: in place of what would be there, or besides.
        diff: what the configuration says that the layer is; else what it is.
    """
    diff = diff or f"sha256:{hashlib.sha256(layer).hexdigest()}"
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff]}}
    listed = [{"Config": "c.json", "RepoTags": [name], "Layers": [file]} for name, file in images.items()]
    linked = {one.name for one in entries}
    content = {
        **{file: layer for file in images.values() if file not in linked},
        "c.json": json.dumps(config).encode(),
        "manifest.json": json.dumps(listed).encode(),
        **(files or {}),
    }
    return packed(content, *entries)


def packed(files: Mapping[str, bytes], *entries: tarfile.TarInfo) -> bytes:
    """A tar archive of files, then of further entries without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            one = tarfile.TarInfo(name)
            one.size = len(data)
            archive.addfile(one, io.BytesIO(data))
        for one in entries:
            archive.addfile(one)
    return buffer.getvalue()


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A tar entry that is no file."""
    one = tarfile.TarInfo(name)
    one.type, one.linkname = kind, target
    return one
