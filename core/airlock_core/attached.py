"""What is attached to images: how it is told apart, named by tags, and listed where a registry does not list it itself.

Sources: OCI image specification 1.1 (``artifactType``, ``subject``), OCI distribution specification 1.1 ("Listing
Referrers", "Referrers Tag Schema"), cosign's tags and bundles, BuildKit's attestation storage.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError

SIGNATURE, ATTESTATION, SBOM = "signature", "attestation", "sbom"
LIST = "referrers"
"""The kind of the list of what refers to an image."""
TAGS = {SIGNATURE: "sig", ATTESTATION: "att", SBOM: "sbom"}
"""The endings of cosign's tags."""

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
COSIGN_SIGNATURE = "dev.cosignproject.cosign/signature"
_SIGSTORE_BUNDLE = "application/vnd.dev.sigstore.bundle"
_PREDICATE, _CONTENT = "dev.sigstore.bundle.predicateType", "dev.sigstore.bundle.content"
_COSIGN_SIGN = "https://sigstore.dev/cosign/sign/"
_KINDS = {
    "application/vnd.dev.cosign.artifact.sig.v1+json": SIGNATURE,
    "application/vnd.cncf.notary.signature": SIGNATURE,
    SIMPLE_SIGNING: SIGNATURE,
    "application/vnd.dev.cosign.artifact.att.v1+json": ATTESTATION,
    "application/vnd.in-toto+json": ATTESTATION,
    "application/vnd.dsse.envelope.v1+json": ATTESTATION,
    "application/vnd.dev.cosign.artifact.sbom.v1+json": SBOM,
    "application/spdx+json": SBOM,
    "text/spdx": SBOM,
    "text/spdx+json": SBOM,
    "application/vnd.cyclonedx": SBOM,
    "application/vnd.cyclonedx+json": SBOM,
    "application/vnd.cyclonedx+xml": SBOM,
    "application/vnd.syft+json": SBOM,
}


@dataclass(frozen=True)
class Artifact:
    """What a manifest says of itself.

    Args:
        digest, size, media_type: of the manifest.
        artifact_type: what it holds, as its maker names it; empty where that is not said.
        annotations: its own.
        subject: what it refers to.
    """

    digest: Digest
    size: int
    media_type: str
    artifact_type: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    subject: Digest | None = None

    @property
    def kind(self) -> str:
        """``signature``, ``attestation`` or ``sbom``, else its type."""
        return kind_of(self.artifact_type, self.annotations)


def kind_of(artifact_type: str, annotations: Mapping[str, str]) -> str:
    """What an artifact is, by its type; one of Sigstore's bundles, which may be either, by its annotations."""
    if artifact_type.startswith(_SIGSTORE_BUNDLE):
        signs = annotations.get(_CONTENT) == "message-signature" or annotations.get(_PREDICATE, "").startswith(
            _COSIGN_SIGN
        )
        return SIGNATURE if signs else ATTESTATION
    return _KINDS.get(artifact_type, artifact_type)


def is_certain(artifact_type: str) -> bool:
    """Whether a list's entry says enough: bundles want their manifest's annotations, which lists may have lost."""
    return bool(artifact_type) and not artifact_type.startswith(_SIGSTORE_BUNDLE)


def artifact(raw: bytes, *, where: str) -> Artifact:
    """Read an artifact's manifest.

    Raises:
        VerificationError: it is none: an index, an old or unknown kind, sizes that cannot be.
    """
    document = oci.parse(raw, where=where)
    if document.is_index:
        raise VerificationError("an index: no registry of a site could list it as attached to an image", where=where)
    if any(child.size < 0 for child in document.children):
        raise VerificationError("a manifest with a blob of less than no bytes", where=where)
    data: Mapping[str, Any] = json.loads(raw)
    subject = data.get("subject")
    try:
        refers = Digest.parse(str(subject["digest"])) if subject else None
    except (TypeError, KeyError, InputError) as error:
        raise VerificationError("a manifest whose subject has no digest", where=where) from error
    return Artifact(
        Digest.sha256(raw),
        len(raw),
        document.media_type,
        str(data.get("artifactType") or data["config"].get("mediaType") or ""),
        texts(data.get("annotations")),
        refers,
    )


def cosign_tag(subject: Digest, kind: str) -> str:
    """The tag by which cosign finds what it attached to an image."""
    return f"{referrers_tag(subject)}.{TAGS[kind]}"


def referrers_tag(subject: Digest) -> str:
    """The tag of the list of what refers to an image, in registries that do not list it themselves."""
    return f"{subject.algorithm[:32]}-{subject.hex[:64]}"


def listing(artifacts: Iterable[Artifact]) -> bytes:
    """The list itself: an index with an entry for each, the same bytes for the same artifacts."""
    ordered = sorted({one.digest: one for one in artifacts}.values(), key=lambda one: str(one.digest))
    index = {"schemaVersion": 2, "mediaType": oci.OCI_INDEX, "manifests": [_entry(one) for one in ordered]}
    return json.dumps(index, sort_keys=True, separators=(",", ":")).encode()


def beside(raw: bytes, manifests: Collection[Digest]) -> Iterator[tuple[Digest, Digest]]:
    """The attestations that BuildKit put into an image's index: each with which of some manifests it is about."""
    entries = json.loads(raw).get("manifests")
    for entry in entries if isinstance(entries, list) else ():
        notes = texts(entry.get("annotations"))
        about = notes.get("vnd.docker.reference.digest", "")
        if notes.get("vnd.docker.reference.type") == "attestation-manifest":
            found = next((digest for digest in manifests if str(digest) == about), None)
            if found:
                yield Digest.parse(str(entry["digest"])), found


def texts(value: Any) -> dict[str, str]:
    """Annotations, as far as they are texts."""
    return {str(key): text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _entry(one: Artifact) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "mediaType": one.media_type,
        "digest": str(one.digest),
        "size": one.size,
        "artifactType": one.artifact_type,
        "annotations": dict(one.annotations),
    }
    return {key: value for key, value in entry.items() if value}
