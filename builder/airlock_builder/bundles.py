"""Sigstore's bundles, as far as a key is held against them: a signed statement that names the image.

Source: Sigstore's protobuf-specs (Bundle, version 0.3), DSSE ("Dead Simple Signing Envelope", version 1: what is signed
is type and payload), in-toto's Statement, cosign's predicate type of image signatures. What a certificate and a
transparency log vouch for is not looked at (docs/adr/0012).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.digest import Digest

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle"
KEYLESS = "made keyless, with a certificate of an authority (Fulcio) and a log: no key can be held against it"
_STATEMENT = "application/vnd.in-toto+json"
_SIGNS = "https://sigstore.dev/cosign/sign/"


@dataclass(frozen=True)
class Sealed:
    """What a bundle holds.

    Args:
        sealed: the bytes that are signed.
        statement: what these say.
        signatures: any may be the one that is looked for.
        keyless: it has a certificate in place of a key.
    """

    sealed: bytes
    statement: bytes
    signatures: tuple[bytes, ...]
    keyless: bool

    @classmethod
    def read(cls, bundle: bytes) -> Sealed:
        """Read a bundle.

        Raises:
            ValueError: it is none, or signs something else than a statement; why, in words.
        """
        try:
            data: Mapping[str, Any] = json.loads(bundle)
            material = data["verificationMaterial"]
            envelope = data.get("dsseEnvelope")
            if envelope is None:
                raise ValueError("a bundle that signs bytes, and no statement that names the image")
            payload = base64.b64decode(envelope["payload"], validate=True)
            made = tuple(base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"])
            kind = envelope["payloadType"]
            keyless = "certificate" in material or "x509CertificateChain" in material
        except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError) as error:
            raise ValueError("no bundle of Sigstore's") from error
        if kind != _STATEMENT:
            raise ValueError(f"a bundle of something else than a statement: {kind}")
        return cls(_sealed(kind, payload), payload, made, keyless)

    def fault(self, subject: Digest) -> str:
        """What speaks against a statement that a key did sign; empty for nothing."""
        try:
            data = json.loads(self.statement)
            kind, named = str(data["predicateType"]), [one["digest"] for one in data["subject"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return "its statement is none of in-toto's"
        if not kind.startswith(_SIGNS):
            return f"made for something else: {kind}"
        if not any(_names(digests, subject) for digests in named):
            return f"made for another image: {', '.join(map(str, named))}"
        return ""

    def is_by(self, made: Callable[[bytes, bytes], bool]) -> bool:
        """Whether a key made one of its signatures: it is asked with each, and what is signed."""
        return any(made(signature, self.sealed) for signature in self.signatures)


def _sealed(kind: str, payload: bytes) -> bytes:
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def _names(digests: object, subject: Digest) -> bool:
    return isinstance(digests, dict) and digests.get(subject.algorithm) == subject.hex
