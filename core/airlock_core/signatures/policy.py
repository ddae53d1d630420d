"""Whether a signature may be trusted: its key listed, valid when it signed, not revoked, its algorithms sound.

rpm 4.18 accepts signatures of keys that had expired or were revoked, and SHA-1; so this stands beside rpmkeys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from airlock_core.signatures.keyring import Keyring
from airlock_core.signatures.keys import MIN_RSA_BITS, WEAK_HASHES, Key, date
from airlock_core.signatures.openpgp import BINARY_DOCUMENT, RSA, Signature

WEAK_KEYS = frozenset({17})
"""DSA (RFC 9580, section 12.5)."""
_MD5 = 1
_LAST_OF_GPGV = 22
CLOCK_SLACK = 3600
"""Seconds that a signer's clock may be ahead of ours."""
_STRICT_SINCE = 9
"""The first Enterprise Linux whose rpm takes no key that is certified with SHA-1 alone (its crypto policies)."""


class Kind(StrEnum):
    """What speaks against a signature, by what may be done about it."""

    UNSIGNED = "unsigned"
    PARTIAL = "partial"
    UNLISTED = "unlisted"
    EXPIRED = "expired"
    WEAK = "weak"
    UNREADABLE = "unreadable"
    REVOKED = "revoked"
    FUTURE = "future"
    UNFIT = "unfit"
    ALTERED = "altered"


EXCUSABLE = frozenset({Kind.UNSIGNED, Kind.PARTIAL, Kind.UNLISTED, Kind.EXPIRED, Kind.WEAK, Kind.UNREADABLE})
"""What ``rpms.unsigned`` of a manifest can excuse: that a signature proves nothing, never that it disproves."""


@dataclass(frozen=True, order=True)
class Objection:
    """One thing that speaks against a signature, in words such as "signed with SHA-1, which is weak"."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return self.text


def excusable(found: Iterable[Objection]) -> bool:
    """Whether a manifest may take a package in spite of all of this."""
    return all(one.kind in EXCUSABLE for one in found)


def unsigned() -> Objection:
    """There is no signature."""
    return Objection(Kind.UNSIGNED, "it is not signed")


def partial() -> Objection:
    """What is signed says nothing of the payload, which rpm takes at no level above "digest"."""
    text = "its signature is over the header alone, which has no digest of the payload (RPM before 4.14 made it)"
    return Objection(Kind.PARTIAL, text)


def unlisted(signature: Signature, keyring: Keyring) -> Objection:
    """The key is none of those that may sign."""
    if not keyring.keys:
        return Objection(Kind.UNLISTED, f"signed by {signature.issuer}, and no gpgkey is given to check that by")
    return Objection(Kind.UNLISTED, f"signed by {signature.issuer}, which is no key listed for it")


def modern_alone(major: int) -> Objection:
    """It has no signature of the kind that every rpm reads."""
    text = f"signed in the way of RPM 6 alone, which rpm of Enterprise Linux {major} does not read"
    return Objection(Kind.UNREADABLE, text)


def is_verifiable(signature: Signature) -> bool:
    """Whether gpgv can say anything of it: it knows neither version 6 nor what came with it, and refuses MD5."""
    return signature.version < 6 and signature.hash_algorithm != _MD5 and signature.key_algorithm <= _LAST_OF_GPGV


def unverifiable(signature: Signature) -> Objection:
    """No tool here can verify it."""
    how = f"{signature.key_name} and {signature.hash_name}"
    return Objection(Kind.UNREADABLE, f"a version {signature.version} signature with {how}, which gpgv cannot verify")


def altered(why: str) -> Objection:
    """It is of a listed key and does not fit."""
    return Objection(Kind.ALTERED, why)


def of_signature(signature: Signature, now: int, kind: int = BINARY_DOCUMENT) -> Iterator[Objection]:
    """What speaks against a signature whatever its key.

    Args:
        now: seconds since 1970-01-01 UTC.
        kind: the type that it must be of (RFC 9580, section 5.2.1).
    """
    if signature.kind != kind:
        document = "a binary" if kind == BINARY_DOCUMENT else "a text"
        yield Objection(Kind.UNFIT, f"signature of type {signature.kind:#04x}, not of {document} document")
    if signature.hash_algorithm in WEAK_HASHES:
        yield Objection(Kind.WEAK, f"signed with {signature.hash_name}, which is weak")
    if signature.key_algorithm in WEAK_KEYS:
        yield Objection(Kind.WEAK, f"signed with {signature.key_name}, which is weak")
    if signature.created > now + CLOCK_SLACK:
        text = f"signed on {date(signature.created)}, which is in the future: look at this machine's clock, {date(now)}"
        yield Objection(Kind.FUTURE, text)
    if signature.expires is not None and signature.expires <= now:
        yield Objection(Kind.EXPIRED, f"its signature expired on {date(signature.expires)}")


def of_key(signature: Signature, key: Key, keyring: Keyring) -> Iterator[Objection]:
    """What speaks against the key that made a signature, at the time when it did.

    Args:
        keyring: holds the key, and the primary key that it belongs to.
    """
    if key.revoked is not None and signature.created >= key.revoked:
        since = f" since {date(key.revoked)}" if key.revoked else ""
        yield Objection(Kind.REVOKED, f"its key {key.label} is revoked{since}")
    if not key.valid:
        yield Objection(Kind.UNFIT, f"its key {key.label} is not bound by a valid signature of its owner")
    if not key.signs:
        yield Objection(Kind.UNFIT, f"its key {key.label} is not one for signing")
    if signature.created < key.created:
        yield Objection(Kind.UNFIT, f"signed before its key {key.label} was made, on {date(key.created)}")
    if key.expires is not None and signature.created >= key.expires:
        yield Objection(
            Kind.EXPIRED,
            f"signed on {date(signature.created)}, after its key {key.label} had expired on {date(key.expires)}",
        )
    for one in dict.fromkeys((key, keyring.find(key.primary) or key)):
        if one.algorithm in RSA and one.bits < MIN_RSA_BITS:
            text = f"its key {one.label} has {one.bits} bits, fewer than {MIN_RSA_BITS}, which is weak"
            yield Objection(Kind.WEAK, text)


def importable(key: Key, major: int) -> bool:
    """Whether rpm of an Enterprise Linux imports a primary key."""
    return key.algorithm in RSA | WEAK_KEYS and not (key.weakly_bound and major >= _STRICT_SINCE)


def of_site(signature: Signature, key: Key | None, major: int) -> Iterator[Objection]:
    """What keeps the platform's own rpm from checking a signature at the site.

    rpm of Enterprise Linux 8 (4.14) and 9 (4.16) reads RSA, and DSA, which is weak; neither Ed25519 nor ECDSA. That of
    9 does not import a key that its owner certified with SHA-1.

    Args:
        major: of the platform's release.
    """
    if signature.key_algorithm not in RSA | WEAK_KEYS:
        text = f"signed with {signature.key_name}, which rpm of Enterprise Linux {major} does not read: it takes RSA"
        yield Objection(Kind.UNREADABLE, text)
    if key and not importable(key, major) and key.weakly_bound:
        yield Objection(
            Kind.WEAK,
            f"its key {key.label} is certified with SHA-1 alone, so that rpm of Enterprise Linux {major} does not "
            "import it: ask its owner for a newer copy of the key",
        )
