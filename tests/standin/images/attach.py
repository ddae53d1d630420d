"""Attaches signatures, attestations and SBOMs to images in a registry on loopback, as cosign and oras do.

Sources: cosign's "Signature Spec" and tags; OCI image specification 1.1 (``subject``); OCI distribution specification
1.1 ("Referrers Tag Schema").
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.standin.images.layout import CONFIG, INDEX, MANIFEST
from tests.standin.images.push import put_blob, put_manifest

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIGNS = "https://sigstore.dev/cosign/sign/v1"
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def key() -> ec.EllipticCurvePrivateKey:
    """Make a key as `cosign generate-key-pair` does."""
    return ec.generate_private_key(ec.SECP256R1())


def write_public(secret: Key, path: Path) -> Path:
    """Write the public half as cosign.pub."""
    kind, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(secret.public_key().public_bytes(kind, form))
    return path


def bundle(
    digest: str,
    secret: Key,
    *,
    keyless: bool = False,
    predicate: str = SIGNS,
    payload_type: str = "application/vnd.in-toto+json",
    signed: bytes = b"",
) -> bytes:
    """A bundle of Sigstore's around a statement about an image; ``signed`` is signed in the statement's place."""
    algorithm, _, hexadecimal = digest.partition(":")
    about = {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {algorithm: hexadecimal}}]}
    statement = json.dumps({**about, "predicateType": predicate, "predicate": {}}).encode()
    sealed = b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type.encode(), len(statement), statement)
    envelope = {
        "payload": base64.b64encode(statement).decode(),
        "payloadType": payload_type,
        "signatures": [{"sig": signature(secret, signed or sealed)}],
    }
    material = {"certificate": {"rawBytes": "MAA="}} if keyless else {"publicKey": {"hint": "x"}}
    return json.dumps({"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope}).encode()


def payload(digest: str, kind: str = "cosign container image signature") -> bytes:
    """What cosign signs of an image."""
    critical = {"identity": {"docker-reference": ""}, "image": {"docker-manifest-digest": digest}, "type": kind}
    return json.dumps({"critical": critical, "optional": None}).encode()


@dataclass(frozen=True)
class Repository:
    """One repository of a registry; what is pushed is told by its digest."""

    registry: str
    name: str

    def digest(self, tag: str) -> str:
        """The digest that a tag names."""
        return _digest(self.get(tag))

    def get(self, reference: str) -> bytes:
        """A manifest or index."""
        connection = HTTPConnection(self.registry, timeout=30)
        try:
            accept = {"Accept": f"{MANIFEST}, {INDEX}"}
            connection.request("GET", f"/v2/{self.name}/manifests/{reference}", headers=accept)
            response = connection.getresponse()
            data = response.read()
            assert response.status == 200, (reference, response.status)
            return data
        finally:
            connection.close()

    def delete(self, digest: str) -> None:
        """Take a manifest away, with the tags that name it."""
        connection = HTTPConnection(self.registry, timeout=30)
        try:
            connection.request("DELETE", f"/v2/{self.name}/manifests/{digest}")
            assert connection.getresponse().status == 202
        finally:
            connection.close()

    def sign(self, digest: str, *keys: Key, signed: bytes = b"") -> str:
        """Put signatures by some keys under cosign's tag; ``signed`` is another payload than the image's own."""
        data = signed or payload(digest)
        layers = [(SIMPLE_SIGNING, data, {"dev.cosignproject.cosign/signature": signature(one, data)}) for one in keys]
        return self.push(layers, tag=f"{digest.replace(':', '-')}.sig", config=(CONFIG, b"{}"))

    def sign_bundle(self, digest: str, secret: Key, *, keyless: bool = False, **changed: Any) -> str:
        """Refer to a manifest by a bundle with a statement that a key signed, as cosign 3 does."""
        data = bundle(digest, secret, keyless=keyless, **changed)
        notes = {"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": SIGNS}
        more = {"artifactType": BUNDLE, "subject": self.descriptor(digest), "annotations": notes}
        found = self.push([(BUNDLE, data, {})], config=(EMPTY, b"{}"), more=more)
        self.list(digest, [{**self.descriptor(found), "artifactType": BUNDLE}])
        return found

    def attach(self, digest: str, suffix: str, data: bytes, media_type: str = ENVELOPE) -> str:
        """Put something under one of cosign's tags."""
        tag = f"{digest.replace(':', '-')}.{suffix}"
        return self.push([(media_type, data, {})], tag=tag, config=(CONFIG, b"{}"))

    def refer(
        self,
        digest: str,
        artifact_type: str,
        data: bytes,
        annotations: Mapping[str, str] | None = None,
        *,
        listed: bool = True,
    ) -> str:
        """Push an artifact that refers to a manifest; list it under the tag that stands in for the referrers API."""
        more = {"artifactType": artifact_type, "subject": self.descriptor(digest), "annotations": annotations or {}}
        found = self.push([("application/octet-stream", data, {})], config=(EMPTY, b"{}"), more=more)
        if listed:
            # as cosign does it: without the annotations (sigstore/cosign#4641)
            self.list(digest, [{**self.descriptor(found), "artifactType": artifact_type}])
        return found

    def list(self, digest: str, entries: Sequence[Mapping[str, Any]], *, fresh: bool = False) -> str:
        """Add entries to the list of what refers to a manifest; or begin it anew."""
        tag = digest.replace(":", "-")
        try:
            known = [] if fresh else json.loads(self.get(tag))["manifests"]
        except AssertionError:
            known = []
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*known, *entries]}
        return put_manifest(self.registry, self.name, tag, json.dumps(index).encode(), INDEX)

    def push(
        self,
        layers: Sequence[tuple[str, bytes, Mapping[str, str]]],
        *,
        tag: str = "",
        config: tuple[str, bytes],
        more: Mapping[str, Any] | None = None,
    ) -> str:
        """Push a manifest with some layers."""
        for data in (config[1], *(data for _, data, _ in layers)):
            put_blob(self.registry, self.name, data)
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(config[0], config[1]),
            "layers": [{**_descriptor(kind, data), "annotations": dict(notes)} for kind, data, notes in layers],
            **(more or {}),
        }
        raw = json.dumps(manifest).encode()
        return put_manifest(self.registry, self.name, tag or _digest(raw), raw, MANIFEST)

    def descriptor(self, digest: str) -> dict[str, Any]:
        """A link to a manifest."""
        raw = self.get(digest)
        kind = json.loads(raw).get("mediaType", MANIFEST)
        return {"mediaType": kind, "digest": digest, "size": len(raw)}


def signature(key: Key, data: bytes) -> str:
    """A signature, as it stands in its annotation."""
    made = key.sign(data) if isinstance(key, ed25519.Ed25519PrivateKey) else key.sign(data, ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(made).decode()


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
