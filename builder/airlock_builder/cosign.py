"""Signatures that cosign made with a key: over a payload that names the image, kept as a layer of the signature.

Source: cosign's "Signature Spec" (simple signing): the layer is the payload, the signature over it stands in base64 in
its annotation; ECDSA with SHA-256, or Ed25519. What Fulcio and Rekor vouch for is not looked at.
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

from airlock_core.attached import COSIGN_SIGNATURE, SIMPLE_SIGNING, texts
from airlock_core.digest import Digest
from airlock_core.errors import InputError

MAX_PAYLOAD = 1 << 20
MAX_SIGNATURES = 100
"""Signatures of one manifest that are tried."""
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
    for digest, size, signature in _signatures(manifest):
        if size > MAX_PAYLOAD:
            faults.append(f"its payload has {size} bytes: not read")
            continue
        data = payload(digest, size)
        signer = next((key for key in known if key.made(signature, data)), None)
        fault = _fault(data, subject) if signer else "made by none of these keys"
        if signer and not fault:
            return Judged(signer.fingerprint)
        faults.append(fault)
    return Judged(faults=tuple(dict.fromkeys(faults)) or ("of a kind that no key is held against",))


def _signatures(manifest: bytes) -> Iterator[tuple[Digest, int, bytes]]:
    data: Mapping[str, Any] = json.loads(manifest)
    layers = [layer for layer in data["layers"] if layer["mediaType"] == SIMPLE_SIGNING]
    for layer in layers[:MAX_SIGNATURES]:
        try:
            signature = base64.b64decode(texts(layer.get("annotations")).get(COSIGN_SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError):
            signature = b""
        yield Digest.parse(str(layer["digest"])), int(layer["size"]), signature


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
