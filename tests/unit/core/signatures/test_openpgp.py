"""Signature packets, built here by hand."""

from __future__ import annotations

import base64

import pytest

from airlock_core.errors import VerificationError
from airlock_core.signatures.openpgp import Signature, parse_signature, signature_packets

FINGERPRINT = bytes(range(20))
CREATED = b"\x05\x02\x65\x92\x00\x80"
ISSUER_FINGERPRINT = b"\x16\x21\x04" + FINGERPRINT
ISSUER_ID = b"\x09\x10" + FINGERPRINT[-8:]
END = b"\xab\xcd\x00\x01\x01"  # left bits of the hash, one integer of one bit


def packet(hashed: bytes = CREATED + ISSUER_FINGERPRINT, unhashed: bytes = b"", *, version: int = 4) -> bytes:
    areas = b"".join(len(area).to_bytes(2, "big") + area for area in (hashed, unhashed))
    return wrapped(bytes([version, 0x00, 1, 8]) + areas + END)


def wrapped(body: bytes) -> bytes:
    return bytes([0x89]) + len(body).to_bytes(2, "big") + body


def test_a_signature_says_who_when_and_how() -> None:
    assert parse_signature(packet(), where="") == Signature(4, 0, 1, 8, 0x65920080, FINGERPRINT.hex().upper())


def test_the_time_from_which_its_maker_does_not_stand_by_it_is_read_where_it_was_signed() -> None:
    expires = b"\x05\x03\x00\x00\x00\x0a"
    assert parse_signature(packet(CREATED + expires + ISSUER_FINGERPRINT), where="").expires == 0x65920080 + 10
    assert parse_signature(packet(CREATED, expires + ISSUER_ID), where="").expires is None


def test_a_version_6_signature_says_who_when_and_how() -> None:
    issuer = b"\x22\x21\x06" + bytes(range(32))
    areas = b"".join(len(area).to_bytes(4, "big") + area for area in (CREATED + issuer, b""))
    found = parse_signature(wrapped(bytes([6, 0, 27, 10]) + areas + b"\x20" + bytes(32) + END), where="")
    assert (found.version, found.key_name, found.issuer) == (6, "Ed25519", bytes(range(32)).hex().upper())


def armored(data: bytes, head: str = "Version: none\n", kind: str = "SIGNATURE") -> bytes:
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN PGP {kind}-----\n{head}\n{text}=abcd\n-----END PGP {kind}-----\n".encode()


def test_a_detached_signature_may_hold_several_and_be_armoured() -> None:
    one, two = packet(), packet(CREATED, ISSUER_ID)
    for form in (
        one + two,
        armored(one + two),
        armored(one, "") + b"\n\r\n" + armored(two),
        b"\n" + armored(one + two),
    ):
        assert signature_packets(form, where="") == (one, two)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not found</html>",
        b"-----BEGIN PGP SIGNATURE-----\n\n" + base64.b64encode(packet()),
        armored(packet()).replace(b"\n=", b"*\n="),
        armored(packet(), kind="PUBLIC KEY BLOCK"),
        armored(b"\x99" + packet()[1:]),
        armored(b""),
        armored(packet()) + b"and more",
        packet()[:-1],
        packet() + b"\x00",
    ],
)
def test_what_is_no_detached_signature_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match="not a detached OpenPGP signature"):
        signature_packets(data, where="repomd.xml.asc")


def test_lengths_of_the_new_packet_format_are_read() -> None:
    body = packet()[3:]
    for header in (bytes([0xC2, len(body)]), b"\xc2\xff" + len(body).to_bytes(4, "big")):
        assert parse_signature(header + body, where="").issuer == FINGERPRINT.hex().upper()


def test_a_key_id_in_the_unhashed_area_is_enough_of_an_issuer() -> None:
    found = parse_signature(packet(CREATED, ISSUER_ID), where="")
    assert found.issuer == FINGERPRINT[-8:].hex().upper()


def test_a_version_3_signature_is_read() -> None:
    body = b"\x03\x05\x00" + b"\x65\x92\x00\x80" + FINGERPRINT[-8:] + b"\x11\x02" + END
    found = parse_signature(wrapped(body), where="")
    assert (found.version, found.key_name, found.hash_name) == (3, "DSA", "SHA-1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        packet()[:-1],
        packet() + b"\x00",
        packet() + packet(),
        wrapped(b"\x05" + packet()[4:]),
        b"\x99" + packet()[1:],  # another kind of packet
        b"\x8b" + packet()[1:],  # indeterminate length
        packet(b"", CREATED + ISSUER_FINGERPRINT),  # a time that nobody signed
        packet(CREATED),  # no issuer
        packet(CREATED + CREATED + ISSUER_FINGERPRINT),
        packet(b"\xff\xff\xff\xff\xff" + CREATED),
    ],
)
def test_what_is_no_sound_signature_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match=r"a\.rpm"):
        parse_signature(data, where="a.rpm")


def test_no_flip_or_cut_makes_the_parser_fail_in_another_way() -> None:
    sound = packet()
    for at in range(len(sound)):
        for damaged in (sound[:at], sound[:at] + bytes([sound[at] ^ 0x80]) + sound[at + 1 :]):
            try:
                parse_signature(damaged, where="a.rpm")
            except VerificationError:
                continue
