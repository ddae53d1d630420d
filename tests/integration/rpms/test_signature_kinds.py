"""Signatures of every kind that RPM makes and made: over the header, over all, of OpenPGP 3, of RPM 6."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core import proc
from airlock_core.signatures.rpmfile import parse_head
from tests.integration.rpms.checking import check, flipped
from tests.integration.rpms.signing import FIXTURE, Signer
from tests.rpmcraft import with_signatures, without_payload_digest
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY, SECRET_KEY
from tests.standin.synthetic.openpgp import Signer as PebbleSigner

pytestmark = pytest.mark.integration

VERSION_6 = b"\xc2\x54\x06\x00\x1b\x0a\0\0\0\x29\x05\x02\x65\x92\x00\x80\x22\x21\x06" + bytes(range(32)) + bytes(35)


def test_a_signature_over_header_and_payload_alone_is_verified_over_both(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("old")
    signed, certificate = keys.sign_payload(key, tmp_path / "rpm"), keys.public(key, tmp_path / "key")
    assert check(signed, key, certificate) == ""
    told = check(flipped(signed, len(signed.read_bytes()) - 200), key, certificate)
    assert "the signature does not fit the content" in told


def test_a_header_that_knows_no_payload_is_not_enough_by_itself(keys: Signer, tmp_path: Path) -> None:
    """As RPM before 4.14 made them; rpmkeys takes none of these either, and says only what it did not find."""
    key, bare, path = keys.make("before"), tmp_path / "bare", tmp_path / "rpm"
    bare.write_bytes(without_payload_digest(FIXTURE.read_bytes()))
    certificate = keys.public(key, tmp_path / "key")
    keys.sign_header(key, path, source=bare)
    why = "its signature is over the header alone, which has no digest of the payload"
    assert why in check(path, key, certificate)
    assert check(path, None, certificate, excused=True) == ""
    data = bare.read_bytes()
    start = parse_head(data, where="").start
    both = [(tag, 7, len(one), one) for tag, one in ((268, _header_of(path)), (1002, keys.detached(key, data[start:])))]
    path.write_bytes(with_signatures(data, both))
    assert check(path, key, certificate) == "", "RPM signed header and payload besides"


def _header_of(path: Path) -> bytes:
    """The signature over a package's header."""
    return parse_head(path.read_bytes(), where=path.name).classic[0]


def test_a_signature_of_openpgp_version_3_is_judged_as_any_other(tmp_path: Path) -> None:
    """Red Hat's and CentOS's packages for 8 have them; no gpg of today makes any."""
    data, key = FIXTURE.read_bytes(), PebbleSigner(SECRET_KEY, 1717200000)
    head = parse_head(data, where="")
    packet, legacy = key.sign_as_version_3(head.header), key.sign_as_version_3(data[head.start :])
    path = tmp_path / "rpm"
    path.write_bytes(with_signatures(data, [(268, 7, len(packet), packet), (1002, 7, len(legacy), legacy)]))
    assert check(path, FINGERPRINT, PUBLIC_KEY) == ""
    shown = proc.run(["rpm", "-qp", "--nosignature", "--qf", "%{RSAHEADER:pgpsig}", path], timeout=60).stdout
    assert shown.startswith("RSA/SHA256, Sat Jun  1 00:00:00 2024"), shown
    assert "does not fit" in check(flipped(path, path.read_bytes().index(b"What hello says")), FINGERPRINT, PUBLIC_KEY)
    only = tmp_path / "only"
    only.write_bytes(with_signatures(data, [(1002, 7, len(legacy), legacy)]))
    assert check(only, FINGERPRINT, PUBLIC_KEY) == ""


def test_the_signatures_of_rpm_6_are_judged(keys: Signer, tmp_path: Path) -> None:
    one, two, other = keys.make("modern"), keys.make("second"), keys.make("foreign")
    certificates = (keys.public(one, tmp_path / "1"), keys.public(two, tmp_path / "2"))
    both = keys.sign_modern(tmp_path / "both", one, two, classic=one)
    assert check(both, one, *certificates) == ""
    beside = keys.sign_modern(tmp_path / "beside", other, classic=one, extra=VERSION_6)
    assert check(beside, one, *certificates) == "", "what nobody here can judge says nothing beside a good one"
    weak = keys.sign_modern(tmp_path / "weak", one, classic=one, extra=both.read_bytes()[:20])
    assert "its signature cannot be read" in check(weak, one, *certificates)


def test_a_package_signed_in_the_way_of_rpm_6_alone_passes_where_it_is_excused(keys: Signer, tmp_path: Path) -> None:
    one, other = keys.make("newest"), keys.make("stranger")
    certificate = keys.public(one, tmp_path / "key")
    alone = keys.sign_modern(tmp_path / "alone", other, one)
    assert "rpmkeys does not accept it" in check(alone, one, certificate), "rpm 4.18 does not see that signature"
    assert check(alone, one, certificate, excused=True) == ""
    strange = keys.sign_modern(tmp_path / "strange", other)
    assert f"signed by {other}, which is no key listed" in check(strange, one, certificate)
    unknown = keys.sign_modern(tmp_path / "unknown", extra=VERSION_6)
    assert "a version 6 signature with Ed25519 and SHA-512, which gpgv cannot verify" in check(
        unknown, one, certificate
    )
