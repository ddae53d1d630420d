"""RPM files' first bytes, of the stand-in's committed packages."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from airlock_core.errors import VerificationError
from airlock_core.signatures.openpgp import parse_signature
from airlock_core.signatures.rpmfile import parse_head
from tests.rpmcraft import Entry, with_signatures
from tests.standin.keys import FINGERPRINT

PACKAGES = Path(__file__).parents[3] / "standin/fixtures/small/rpms/Packages"
HELLO = PACKAGES / "hello-1.1-1.x86_64.rpm"


@pytest.mark.parametrize("path", sorted(PACKAGES.glob("*.rpm")), ids=lambda path: path.name)
def test_identity_and_signature_are_read(path: Path) -> None:
    head = parse_head(path.read_bytes(), where=path.name)
    assert head.nevra.filename == path.name
    assert {parse_signature(packet, where="").issuer for packet in head.signatures} == {FINGERPRINT}


def test_the_signatures_of_rpm_6_are_read_beside_the_classic_one() -> None:
    data = HELLO.read_bytes()
    classic = parse_head(data, where="").classic[0]
    texts = base64.b64encode(classic) + b"\0" + base64.encodebytes(b"another one") + b"\0"
    head = parse_head(with_signatures(data, [(278, 8, 2, texts), (268, 7, len(classic), classic)]), where="")
    assert (head.classic, head.modern, head.legacy) == ((classic,), (classic, b"another one"), ())
    assert head.signatures == (classic, b"another one")
    alone = parse_head(with_signatures(data, [(278, 8, 2, texts)]), where="")
    assert (alone.classic, alone.modern) == ((), (classic, b"another one"))


def test_signatures_over_header_and_payload_are_read_with_where_they_begin() -> None:
    data = with_signatures(HELLO.read_bytes(), [(1002, 7, 3, b"abc"), (1005, 7, 3, b"def")])
    head = parse_head(data, where="")
    assert head.legacy == (b"abc", b"def")
    assert data[head.start : head.payload] == head.header


@pytest.mark.parametrize(
    "entry",
    [(278, 8, 1, b"?"), (278, 8, 2, b"YWJj\0"), (278, 8, 1, b"Y*Jj\0"), (278, 8, 65, b"YWJj\0" * 65)],
    ids=["without an end", "fewer than it says", "not base64", "too many"],
)
def test_signatures_that_are_damaged_are_refused(entry: Entry) -> None:
    with pytest.raises(VerificationError, match="not a sound RPM file"):
        parse_head(with_signatures(HELLO.read_bytes(), [entry]), where="")


def test_the_bytes_up_to_the_end_of_the_header_are_enough() -> None:
    data = HELLO.read_bytes()
    whole = parse_head(data, where="")
    end = data.index(whole.header) + len(whole.header)
    assert parse_head(data[:end], where="") == whole
    with pytest.raises(VerificationError, match=f"ends at byte {end} of {end - 1}"):
        parse_head(data[: end - 1], where="")


@pytest.mark.parametrize("data", [b"", b"\xed\xab\xee\xdb", b"PK\x03\x04" * 100, bytes(5000)])
def test_what_is_no_rpm_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match="not a sound RPM file"):
        parse_head(data, where="x")


def test_no_flip_makes_the_parser_fail_in_another_way() -> None:
    data = HELLO.read_bytes()
    head = parse_head(data, where="")
    end = data.index(head.header) + len(head.header)
    for at in range(0, end, 7):
        try:
            parse_head(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 : end], where="x")
        except VerificationError:
            continue
