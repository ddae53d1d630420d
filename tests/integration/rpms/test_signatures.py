"""Signatures that must not pass: unsigned, of other keys, weak, from the future; and that the good ones do."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core.nevra import Nevra
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from tests.integration.rpms.checking import NOW, check, flipped, unsigned
from tests.integration.rpms.signing import Signer

pytestmark = pytest.mark.integration


def test_a_good_signature_passes(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("good")
    assert check(keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key")) == ""


def test_a_package_without_a_signature_is_refused_unless_the_manifest_excuses_it(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("unused")
    certificate = keys.public(key, tmp_path / "key")
    bare = unsigned(tmp_path / "rpm")
    assert "it is not signed" in check(bare, key, certificate)
    assert "it is not signed" in check(bare, None, certificate), "a lock that names no signer asks for any listed one"
    assert check(bare, None, certificate, excused=True) == ""


def test_a_lock_that_names_no_signer_takes_any_listed_one(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("any")
    assert check(keys.sign(key, tmp_path / "rpm"), None, keys.public(key, tmp_path / "key")) == ""


def test_the_signature_of_a_listed_key_other_than_the_locked_one_is_refused(keys: Signer, tmp_path: Path) -> None:
    one, two = keys.make("one"), keys.make("two")
    certificates = (keys.public(one, tmp_path / "1"), keys.public(two, tmp_path / "2"))
    assert f"signed by {two}, not by {one}" in check(keys.sign(two, tmp_path / "rpm"), one, *certificates)


def test_the_signature_of_a_key_that_is_not_listed_is_refused(keys: Signer, tmp_path: Path) -> None:
    listed, other = keys.make("listed"), keys.make("other")
    signed = keys.sign(other, tmp_path / "rpm")
    assert f"signed by {other}, which is no key listed" in check(signed, listed, keys.public(listed, tmp_path / "key"))
    assert "no gpgkey is given to check that by" in check(signed, listed)


def test_a_signature_that_has_itself_expired_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("passing")
    signed = keys.sign_header(key, tmp_path / "rpm", "--default-sig-expire", "10d")
    certificate = keys.public(key, tmp_path / "key")
    assert "its signature expired on 2024-06-11" in check(signed, key, certificate)
    assert "its signature expired" not in check(signed, key, certificate, now=1717545600)


def test_a_signature_from_the_future_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("future")
    told = check(keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key"), now=1717000000)
    assert "signed on 2024-06-01, which is in the future: look at this machine's clock, 2024-05-29" in told


def test_a_weak_digest_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("weak")
    signed = keys.sign(key, tmp_path / "rpm", digest="sha1")
    certificate = keys.public(key, tmp_path / "key")
    assert "signed with SHA-1, which is weak" in check(signed, key, certificate)
    assert check(signed, key, certificate, excused=True) == ""


def test_a_weak_signature_that_does_not_fit_is_not_excused(keys: Signer, tmp_path: Path) -> None:
    """An excuse says that a signature proves nothing; this one proves that the file was altered."""
    key = keys.make("altered")
    signed = keys.sign(key, tmp_path / "rpm", digest="sha1")
    data = signed.read_bytes()
    told = check(
        flipped(signed, data.index(b"What hello says")), None, keys.public(key, tmp_path / "key"), excused=True
    )
    assert "the signature does not fit the content" in told


def test_a_payload_that_was_altered_is_not_excused_either(keys: Signer, tmp_path: Path) -> None:
    bare = unsigned(tmp_path / "rpm")
    told = check(flipped(bare, len(bare.read_bytes()) - 200), None, excused=True)
    assert "rpmkeys does not accept it" in told


def test_another_package_under_the_locked_name_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("swapped")
    signed, certificate = keys.sign(key, tmp_path / "rpm"), keys.public(key, tmp_path / "key")
    newer = ExpectedRpm(signed, Nevra.parse("hello-data-1.2-1.noarch"), key)
    (fault,) = verify_packages([newer], Keyring.load([certificate]), now=NOW)
    assert "the file is hello-data-1.1-1.noarch" in str(fault)
