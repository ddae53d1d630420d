"""OCI and Docker image documents: media types, descriptors, and what a manifest or an index points to.

Source: OCI image specification 1.1 ("manifest.md", "image-index.md"), Docker image manifest version 2 schema 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = (OCI_INDEX, DOCKER_INDEX)
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
REF_NAME = "org.opencontainers.image.ref.name"
MAX_DOCUMENT = 4 << 20
"""Bytes of a manifest or index that registries accept at the most."""


@dataclass(frozen=True)
class Descriptor:
    """A typed link to a blob.

    Args:
        media_type: its IANA-style media type.
        digest, size: of its bytes.
        platform: ``os/arch[/variant]`` for entries of an index; empty elsewhere.
    """

    media_type: str
    digest: Digest
    size: int
    platform: str = ""


@dataclass(frozen=True)
class Document:
    """A manifest or index: its media type and all it points to, in order."""

    media_type: str
    children: tuple[Descriptor, ...]

    @property
    def is_index(self) -> bool:
        """Whether the children are manifests (else: config, then layers)."""
        return self.media_type in INDEXES


def parse(raw: bytes, *, where: str) -> Document:
    """Read a manifest or index of either kind.

    Raises:
        VerificationError: not JSON, too long, of Docker's schema 1, or not of a known kind.
    """
    if len(raw) > MAX_DOCUMENT:
        raise VerificationError("an image manifest of more than 4 MiB", where=where)
    try:
        data: Mapping[str, Any] = json.loads(raw)
        if data.get("schemaVersion") == 1:
            todo = "have it pushed anew by a client of today: `skopeo copy --format v2s2` converts it"
            raise VerificationError(
                "an image manifest of Docker's old kind (schema 1): not taken", where=where, todo=todo
            )
        media_type = str(data.get("mediaType") or (OCI_INDEX if "manifests" in data else OCI_MANIFEST))
        if media_type in INDEXES:
            return Document(media_type, tuple(_descriptor(entry) for entry in data["manifests"]))
        if media_type in MANIFESTS:
            return Document(media_type, tuple(_descriptor(entry) for entry in (data["config"], *data["layers"])))
    except KeyError as error:
        raise VerificationError("not an image manifest", where=where, why=f"there is no {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise VerificationError("not an image manifest", where=where, why=str(error)) from error
    raise VerificationError(f"an image manifest of an unknown kind: {media_type!r}", where=where)


def _descriptor(entry: Mapping[str, Any]) -> Descriptor:
    platform = entry.get("platform") or {}
    parts = [platform.get("os"), platform.get("architecture"), platform.get("variant")]
    return Descriptor(
        media_type=str(entry["mediaType"]),
        digest=Digest.parse(str(entry["digest"])),
        size=int(entry["size"]),
        platform="/".join(str(part) for part in parts if part),
    )
