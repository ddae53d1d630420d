"""Detached signatures verified by gpgv, which decides the mathematics; whether the key may sign is policy's."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path

from airlock_core import proc
from airlock_core.errors import VerificationError
from airlock_core.signatures.keyring import Keyring, certificates
from airlock_core.signatures.openpgp import parse_signature
from airlock_core.signatures.policy import objections

_SECONDS = 60.0
_ARMOR = b"-----BEGIN PGP"


@dataclass(frozen=True)
class Verified:
    """A signature that fits: the full fingerprint of the key or subkey that made it."""

    fingerprint: str


def verify_detached(ring: Path, signature: bytes, data: bytes) -> Verified | str:
    """Verify one signature over some bytes.

    Args:
        ring: certificates as :func:`~airlock_core.signatures.keyring.certificates` gives them.
        signature: the packet, armoured or not.
        data: what was signed.

    Returns:
        the signer, or why it does not verify.
    """
    with tempfile.TemporaryDirectory(prefix="airlock-gpgv-") as folder:
        packet, signed = Path(folder, "packet"), Path(folder, "data")
        packet.write_bytes(signature)
        signed.write_bytes(data)
        # our own policy compares times; gpgv would compare them with this machine's clock
        options = ("--homedir", folder, "--ignore-time-conflict", "--status-fd", "1", "--keyring", ring)
        result = proc.run(["gpgv", *options, packet, signed], timeout=_SECONDS, expect=(0, 1, 2))
    return _outcome(result.stdout)


def check_document(keyring: Keyring, signature: bytes, data: bytes, *, where: str) -> str:
    """Verify a signed document such as repomd.xml, and that its key may sign.

    Returns:
        the signer's full fingerprint.

    Raises:
        VerificationError: no valid signature of a listed key; the reasons are named.
    """
    with certificates(keyring) as ring:
        outcome = verify_detached(ring, signature, data)
    if isinstance(outcome, str):
        raise VerificationError("its signature does not verify", where=where, why=outcome)
    packet = dearmor(signature, where=where)
    reasons = objections(parse_signature(packet, where=where), keyring)
    if reasons:
        raise VerificationError("its signature is not to be trusted", where=where, why="; ".join(reasons))
    return outcome.fingerprint


def dearmor(text: bytes, *, where: str) -> bytes:
    """The bytes of an armoured block; bytes that are not armoured as they are (RFC 9580, section 6.2).

    Raises:
        VerificationError: the armour is broken.
    """
    if not text.lstrip().startswith(_ARMOR):
        return text
    lines = [line.strip() for line in text.strip().splitlines()]
    body = lines[lines.index(b"") + 1 if b"" in lines else 1 :]
    encoded = b"".join(line for line in body if line and not line.startswith((b"=", b"-----")))
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise VerificationError("its armour is broken", where=where, why=str(error)) from error


def _outcome(status: str) -> Verified | str:
    lines = [line.split()[1:] for line in status.splitlines() if line.startswith("[GNUPG:] ")]
    valid = [words for words in lines if words[0] == "VALIDSIG"]
    if len(valid) == 1 and not any(words[0] in ("BADSIG", "ERRSIG") for words in lines):
        return Verified(valid[0][1].upper())
    if any(words[0] == "BADSIG" for words in lines):
        return "the signature does not fit the content"
    if any(words[0] in ("NO_PUBKEY", "ERRSIG") for words in lines):
        return "signed by a key that is not listed, or with an algorithm that gpgv refuses"
    return "there is no signature that gpgv can read"
