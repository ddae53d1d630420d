"""Writes OCI image layouts (image-spec v1.0) with uncompressed layers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.standin.images.archive import tar

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
CREATED = "2024-01-01T00:00:00Z"


@dataclass(frozen=True)
class Image:
    """One platform's image: its layers from the lowest up, each as path to content."""

    architecture: str
    layers: Sequence[Mapping[str, bytes]]
    command: Sequence[str]


def write(layout: Path, tag: str, images: Sequence[Image]) -> str:
    """Write ``images`` into the new folder ``layout`` under ``tag`` and return the digest that the tag names.

    One image becomes a manifest, several become an index with one manifest for each platform.
    """
    (layout / "blobs" / "sha256").mkdir(parents=True)
    (layout / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    manifests = [_put_image(layout, image) for image in images]
    top = manifests[0] if len(images) == 1 else _put(layout, _index(manifests), INDEX)
    named = {**top, "annotations": {"org.opencontainers.image.ref.name": tag}}
    (layout / "index.json").write_bytes(_index([named]))
    return str(top["digest"])


def _put_image(layout: Path, image: Image) -> dict[str, Any]:
    layers = [_put(layout, tar(files), LAYER) for files in image.layers]
    config = {
        "architecture": image.architecture,
        "os": "linux",
        "created": CREATED,
        "config": {"Cmd": list(image.command), "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        "history": [{"created": CREATED, "created_by": "stand-in"} for _ in layers],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _put(layout, _json(config), CONFIG),
        "layers": layers,
    }
    described = _put(layout, _json(manifest), MANIFEST)
    return {**described, "platform": {"architecture": image.architecture, "os": "linux"}}


def _index(manifests: Sequence[Mapping[str, Any]]) -> bytes:
    return _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)})


def _put(layout: Path, data: bytes, media_type: str) -> dict[str, Any]:
    """Write a blob and return its descriptor."""
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
