"""Whether a signature may be trusted: its key listed, valid when it signed, not revoked, its algorithms sound.

rpm 4.18 accepts signatures of keys that had expired or were revoked, and SHA-1; so this stands beside rpmkeys.
"""

from __future__ import annotations

from airlock_core.signatures.keyring import Key, Keyring
from airlock_core.signatures.openpgp import BINARY_DOCUMENT, Signature

WEAK_HASHES = frozenset({1, 2, 3})
"""MD5, SHA-1, RIPEMD-160 (RFC 9580, section 9.5: must not be accepted)."""
WEAK_KEYS = frozenset({17})
"""DSA (RFC 9580, section 12.5)."""
MIN_RSA_BITS = 2048
_RSA = (1, 2, 3)


def objections(signature: Signature, keyring: Keyring) -> list[str]:
    """Why a signature is not to be trusted; empty where nothing speaks against it.

    Args:
        signature: as it describes itself; whether it verifies is for gpgv or rpmkeys to say.
        keyring: the keys that may sign.
    """
    found = _of_algorithms(signature)
    key = keyring.find(signature.issuer)
    if key is None:
        return [*found, f"signed by {signature.issuer}, which is no key listed for it"]
    return [*found, *_of_key(signature, key)]


def _of_algorithms(signature: Signature) -> list[str]:
    found = []
    if signature.kind != BINARY_DOCUMENT:
        found.append(f"signature of type {signature.kind:#04x}, not of a binary document")
    if signature.hash_algorithm in WEAK_HASHES:
        found.append(f"signed with {signature.hash_name}, which is weak")
    if signature.key_algorithm in WEAK_KEYS:
        found.append(f"signed with {signature.key_name}, which is weak")
    return found


def _of_key(signature: Signature, key: Key) -> list[str]:
    found = []
    if key.revoked:
        found.append(f"its key {key.fingerprint} is revoked")
    if not key.valid:
        found.append(f"its key {key.fingerprint} is not bound by a valid signature of its owner")
    if not key.signs:
        found.append(f"its key {key.fingerprint} is not one for signing")
    if signature.created < key.created:
        found.append(f"signed before its key {key.fingerprint} was made")
    if key.expires is not None and signature.created >= key.expires:
        found.append(f"signed after its key {key.fingerprint} had expired")
    if key.algorithm in _RSA and key.bits < MIN_RSA_BITS:
        found.append(f"its key {key.fingerprint} has {key.bits} bits, fewer than {MIN_RSA_BITS}")
    return found
