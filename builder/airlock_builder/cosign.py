"""Signatures that cosign made with a key: over a payload that names the image, kept as a layer of the signature.

Source: cosign's "Signature Spec" (simple signing): the layer is the payload, the signature over it stands in base64 in
its annotation; since cosign 3, the layer is a bundle. ECDSA with SHA-256, or Ed25519. What Fulcio and Rekor vouch for
is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from airlock_builder import bundles
from airlock_core.attached import COSIGN_SIGNATURE, SIMPLE_SIGNING, texts
from airlock_core.digest import Digest
from airlock_core.errors import InputError

MAX_PAYLOAD = 1 << 20
MAX_SIGNATURES = 100
"""Signatures of one manifest that are tried."""
_CERTIFICATE = "dev.sigstore.cosign/certificate"
_NOBODYS = "made by none of these keys"
_TYPES = ("cosign container image signature", "atomic container signature")


@dataclass(frozen=True)
class SigningKey:
    """A public key.

    Args:
        file: where it stands.
        fingerprint: SHA-256 of its SubjectPublicKeyInfo (RFC 5280).
    """

    file: Path
    fingerprint: str
    key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

    @classmethod
    def read(cls, file: Path) -> SigningKey:
        """Read a PEM file.

        Raises:
            InputError: it holds no public key of a kind that cosign signs with here.
        """
        todo = "give what `cosign generate-key-pair` wrote as cosign.pub: ECDSA with P-256, or Ed25519, in PEM form"
        try:
            key = serialization.load_pem_public_key(file.read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise InputError("holds no public key", where=str(file), why=str(error), todo=todo) from error
        known = isinstance(key, ed25519.Ed25519PublicKey) or (
            isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
        )
        if not known:
            raise InputError("holds a key of another kind", where=str(file), todo=todo)
        data = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return cls(file, Digest.sha256(data).hex, key)  # type: ignore[arg-type]

    def made(self, signature: bytes, data: bytes) -> bool:
        """Whether a signature over some bytes is this key's."""
        try:
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, data)
            else:
                self.key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Judged:
    """What became of a signature manifest: the key that made a good one, or why none is."""

    signer: str = ""
    faults: tuple[str, ...] = ()


def judge(
    manifest: bytes, subject: Digest, keys: Iterable[SigningKey], payload: Callable[[Digest, int], bytes]
) -> Judged:
    """Whether one of some keys signed an image.

    Args:
        manifest: of the signature; well-formed.
        subject: the image.
        payload: gives a layer, verified.

    Raises:
        UpstreamError, VerificationError: as ``payload``.
    """
    known, faults = list(keys), list[str]()
    for layer in _layers(manifest):
        if layer.size > MAX_PAYLOAD:
            faults.append(f"its payload has {layer.size} bytes: not read")
            continue
        signer, fault = layer.judged(payload(layer.digest, layer.size), subject, known)
        if signer and not fault:
            return Judged(signer.fingerprint)
        faults.append(fault)
    return Judged(faults=tuple(dict.fromkeys(faults)) or (f"of a kind that no key is held against: {_type(manifest)}",))


@dataclass(frozen=True)
class _Layer:
    """A layer that holds what is signed."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str]

    def judged(self, data: bytes, subject: Digest, keys: Iterable[SigningKey]) -> tuple[SigningKey | None, str]:
        """The key that made it, and what speaks against it all the same; empty for nothing."""
        return (
            self._bundle(data, subject, keys)
            if self.media_type != SIMPLE_SIGNING
            else self._simple(data, subject, keys)
        )

    def _simple(self, data: bytes, subject: Digest, keys: Iterable[SigningKey]) -> tuple[SigningKey | None, str]:
        try:
            signature = base64.b64decode(self.annotations.get(COSIGN_SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError):
            signature = b""
        signer = next((key for key in keys if key.made(signature, data)), None)
        if signer:
            return signer, _fault(data, subject)
        return None, bundles.KEYLESS if _CERTIFICATE in self.annotations else _NOBODYS

    def _bundle(self, data: bytes, subject: Digest, keys: Iterable[SigningKey]) -> tuple[SigningKey | None, str]:
        try:
            sealed = bundles.Sealed.read(data)
        except ValueError as error:
            return None, str(error)
        signer = next((key for key in keys if sealed.is_by(key.made)), None)
        if signer:
            return signer, sealed.fault(subject)
        return None, bundles.KEYLESS if sealed.keyless else _NOBODYS


def _layers(manifest: bytes) -> Iterator[_Layer]:
    data: Mapping[str, Any] = json.loads(manifest)
    known = [one for one in data["layers"] if one["mediaType"].startswith((SIMPLE_SIGNING, bundles.MEDIA_TYPE))]
    for one in known[:MAX_SIGNATURES]:
        yield _Layer(
            one["mediaType"], Digest.parse(str(one["digest"])), int(one["size"]), texts(one.get("annotations"))
        )


def _type(manifest: bytes) -> str:
    """What a manifest says that it is."""
    data: Mapping[str, Any] = json.loads(manifest)
    return str(data.get("artifactType") or data["config"].get("mediaType") or "it says none")


def _fault(payload: bytes, subject: Digest) -> str:
    """What speaks against a payload that a key did sign; empty for nothing."""
    try:
        critical = json.loads(payload)["critical"]
        named, kind = critical["image"]["docker-manifest-digest"], critical["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "its payload is no simple signing"
    if named != str(subject):
        return f"made for another image: {named}"
    return "" if kind in _TYPES else f"made for something else: {kind}"
