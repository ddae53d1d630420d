"""OpenPGP signature packets: who made them, when, and with which algorithms.

Source: RFC 9580, sections 4.2 (packet headers), 5.2 (signature packet), 5.2.3.7 (subpackets); RFC 4880 for version 3.
Nothing here verifies a signature: :mod:`~airlock_core.signatures.gpgv` and rpmkeys do.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from airlock_core.errors import VerificationError

SIGNATURE_PACKET = 2
BINARY_DOCUMENT, TEXT_DOCUMENT = 0x00, 0x01
RSA = frozenset({1, 2, 3})
"""The numbers of RSA: for both uses, for encryption alone, for signatures alone (RFC 9580, section 9.1)."""

HASH_NAMES = {
    1: "MD5", 2: "SHA-1", 3: "RIPEMD-160", 8: "SHA-256", 9: "SHA-384", 10: "SHA-512", 11: "SHA-224",
    12: "SHA3-256", 14: "SHA3-512",
}  # fmt: skip
KEY_NAMES = {
    1: "RSA", 2: "RSA", 3: "RSA", 17: "DSA", 19: "ECDSA", 22: "EdDSA", 27: "Ed25519", 28: "Ed448",
    30: "ML-DSA-65 with Ed25519", 31: "ML-DSA-87 with Ed448", 32: "SLH-DSA", 33: "SLH-DSA", 34: "SLH-DSA",
}  # fmt: skip
"""30 and on: the registry's numbers for post-quantum keys (draft-ietf-openpgp-pqc)."""

_PUBLIC_KEY_PACKET = 6
_CREATED = 2
_EXPIRES = 3
_ISSUER = 16
_ISSUER_FINGERPRINT = 33
_CRITICAL = 0x80


@dataclass(frozen=True)
class Signature:
    """What one signature packet says about itself.

    Args:
        version: 3, 4 or 6.
        kind: signature type; 0 is "of a binary document".
        key_algorithm, hash_algorithm: by number (RFC 9580, sections 9.1 and 9.5).
        created: seconds since 1970-01-01 UTC.
        issuer: the key's fingerprint (40 or 64 hex digits, upper case), or its key id (16) where no more is said. A
            hint, until the signature is verified with that very key.
        expires: seconds since 1970-01-01 UTC from which its maker does not stand by it; None for never.
    """

    version: int
    kind: int
    key_algorithm: int
    hash_algorithm: int
    created: int
    issuer: str
    expires: int | None = None

    @property
    def hash_name(self) -> str:
        """The hash algorithm for people."""
        return HASH_NAMES.get(self.hash_algorithm, f"hash {self.hash_algorithm}")

    @property
    def key_name(self) -> str:
        """The key's algorithm for people."""
        return KEY_NAMES.get(self.key_algorithm, f"algorithm {self.key_algorithm}")


def signature_packets(data: bytes, *, where: str) -> tuple[bytes, ...]:
    """The signature packets of a detached signature: one block or several, armoured or not; at least one.

    Raises:
        VerificationError: it holds something else, or nothing, or its armour is broken.
    """
    try:
        blocks = _blocks(data, b"SIGNATURE")
        return tuple(packet for block in blocks or [b""] for packet in _split(block))
    except (IndexError, ValueError) as error:
        raise VerificationError("not a detached OpenPGP signature", where=where, why=str(error)) from error


def parse_signature(data: bytes, *, where: str) -> Signature:
    """Read exactly one signature packet.

    Args:
        data: the packet, not armoured.
        where: the package or file, for errors.

    Raises:
        VerificationError: it is cut short, of another kind, or followed by something else.
    """
    try:
        body = _only_packet(data)
        return _read(body)
    except (IndexError, ValueError) as error:
        raise VerificationError("its signature cannot be read", where=where, why=str(error)) from error


def key_version(data: bytes) -> int | None:
    """The version of the first public key in a file, armoured or not; None where there is none."""
    try:
        block = next(iter(_blocks(data, b"PUBLIC KEY BLOCK")), b"")
        tag, start, _ = _packet_header(block)
        return block[start] if tag == _PUBLIC_KEY_PACKET else None
    except (IndexError, ValueError):
        return None


def _blocks(data: bytes, kind: bytes) -> list[bytes]:
    """The bytes of each armoured block (RFC 9580, section 6.2), or the one that is not armoured."""
    if not data.lstrip().startswith(b"-----BEGIN PGP"):
        return [data]
    found, rest = [], data
    while rest.strip():
        head, begin, rest = rest.partition(b"-----BEGIN PGP " + kind + b"-----")
        body, end, rest = rest.partition(b"-----END PGP " + kind + b"-----")
        if head.strip() or not begin or not end:
            raise ValueError(f"armour that is no PGP {kind.decode()}, or is cut")
        lines = [line.strip() for line in body.strip().splitlines()]
        lines = lines[lines.index(b"") + 1 :] if b"" in lines else lines
        # the line that begins with = is a checksum, which nothing needs to rely on
        found.append(base64.b64decode(b"".join(line for line in lines if not line.startswith(b"=")), validate=True))
    return found


def _split(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    while data or not found:
        tag, start, length = _packet_header(data)
        if tag != SIGNATURE_PACKET:
            raise ValueError(f"packet of type {tag}, not a signature")
        found.append(_slice(data, 0, start + length))
        data = data[start + length :]
    return found


def _only_packet(data: bytes) -> bytes:
    tag, start, length = _packet_header(data)
    if tag != SIGNATURE_PACKET:
        raise ValueError(f"packet of type {tag}, not a signature")
    if start + length != len(data):
        raise ValueError(f"packet of {length} bytes in {len(data) - start}")
    return data[start:]


def _packet_header(data: bytes) -> tuple[int, int, int]:
    """Type, offset of the body, length of the body (RFC 9580, section 4.2)."""
    first = data[0]
    if not first & 0x80:
        raise ValueError("not an OpenPGP packet")
    if first & 0x40:
        length, start = _length(data, 1)
        return first & 0x3F, start, length
    octets = {0: 1, 1: 2, 2: 4}.get(first & 3)
    if octets is None:
        raise ValueError("packet of indeterminate length")
    return (first >> 2) & 0x0F, 1 + octets, _number(data, 1, octets)


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A new-format length and the offset behind it; also the form of subpackets' lengths."""
    first = data[at]
    if first < 192:
        return first, at + 1
    if first < 224:
        return ((first - 192) << 8) + data[at + 1] + 192, at + 2
    if first == 255:
        return _number(data, at + 1, 4), at + 5
    raise ValueError("packet in parts")


def _number(data: bytes, at: int, octets: int) -> int:
    return int.from_bytes(_slice(data, at, octets), "big")


def _slice(data: bytes, at: int, octets: int) -> bytes:
    part = data[at : at + octets]
    if len(part) != octets:
        raise ValueError("cut short")
    return part


def _read(body: bytes) -> Signature:
    version = body[0]
    if version == 3:
        return _read_v3(body)
    if version in (4, 6):
        return _read_v4(body, octets=2 if version == 4 else 4)
    raise ValueError(f"signature of version {version}")


def _read_v3(body: bytes) -> Signature:
    if body[1] != 5:
        raise ValueError("version 3 signature with odd hashed length")
    issuer = _slice(body, 7, 8).hex().upper()
    return Signature(3, body[2], body[15], body[16], _number(body, 3, 4), issuer)


def _read_v4(body: bytes, *, octets: int) -> Signature:
    hashed, after = _area(body, 4, octets)
    unhashed, _ = _area(body, after, octets)
    # times must be what was signed
    made = _seconds(hashed, _CREATED)
    if made is None:
        raise ValueError("no time of signing")
    lasts = _seconds(hashed, _EXPIRES)
    issuer = _issuer({**unhashed, **hashed})
    return Signature(body[0], body[1], body[2], body[3], made, issuer, made + lasts if lasts else None)


def _seconds(subpackets: dict[int, bytes], kind: int) -> int | None:
    content = subpackets.get(kind)
    if content is None:
        return None
    if len(content) != 4:
        raise ValueError(f"subpacket {kind} of {len(content)} bytes")
    return int.from_bytes(content, "big")


def _area(body: bytes, at: int, octets: int) -> tuple[dict[int, bytes], int]:
    """The subpackets of one area by type, and the offset behind the area."""
    length = _number(body, at, octets)
    start = at + octets
    return _subpackets(_slice(body, start, length)), start + length


def _subpackets(area: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(area):
        length, start = _length_of_subpacket(area, at)
        content = _slice(area, start, length)
        kind = content[0] & ~_CRITICAL
        if kind in found and kind in (_CREATED, _EXPIRES, _ISSUER, _ISSUER_FINGERPRINT):
            raise ValueError(f"subpacket {kind} stands twice")
        found[kind] = content[1:]
        at = start + length
    return found


def _length_of_subpacket(area: bytes, at: int) -> tuple[int, int]:
    """As a new-format length, but two octets reach up to 254 (RFC 9580, section 5.2.3.7)."""
    first = area[at]
    if 192 <= first < 255:
        return ((first - 192) << 8) + area[at + 1] + 192, at + 2
    return _length(area, at)


def _issuer(subpackets: dict[int, bytes]) -> str:
    fingerprint = subpackets.get(_ISSUER_FINGERPRINT)
    if fingerprint is not None:
        if len(fingerprint) not in (21, 33):
            raise ValueError("issuer fingerprint of odd length")
        return fingerprint[1:].hex().upper()
    key_id = subpackets.get(_ISSUER)
    if key_id is None or len(key_id) != 8:
        raise ValueError("no issuer")
    return key_id.hex().upper()
