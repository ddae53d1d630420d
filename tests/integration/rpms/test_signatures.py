"""Signatures that must not pass: unsigned, of other keys, expired, revoked, weak; and that the good one does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_core import proc
from airlock_core.errors import InputError
from airlock_core.nevra import Nevra
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from tests.integration.rpms.signing import FIXTURE, Signer, signer

pytestmark = pytest.mark.integration

NEVRA = Nevra.parse("hello-data-1.1-1.noarch")


@pytest.fixture(scope="module")
def keys() -> Iterator[Signer]:
    with signer() as home:
        yield home


def check(path: Path, signed_by: str | None, *certificates: Path) -> str:
    faults = verify_packages([ExpectedRpm(path, NEVRA, signed_by)], Keyring.load(certificates))
    return "\n".join(str(fault) for fault in faults)


def test_a_good_signature_passes(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("good")
    assert check(keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key")) == ""


def test_a_package_without_a_signature_is_refused_unless_it_is_listed_as_unsigned(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("unused")
    certificate = keys.public(key, tmp_path / "key")
    bare = tmp_path / "rpm"
    bare.write_bytes(FIXTURE.read_bytes())
    proc.run(["rpmsign", "--delsign", bare], timeout=60)
    assert "it is not signed" in check(bare, key, certificate)
    assert check(bare, None, certificate) == ""


def test_the_signature_of_a_listed_key_other_than_the_locked_one_is_refused(keys: Signer, tmp_path: Path) -> None:
    one, two = keys.make("one"), keys.make("two")
    certificates = (keys.public(one, tmp_path / "1"), keys.public(two, tmp_path / "2"))
    assert f"signed by {two}, not by {one}" in check(keys.sign(two, tmp_path / "rpm"), one, *certificates)


def test_the_signature_of_a_key_that_is_not_listed_is_refused(keys: Signer, tmp_path: Path) -> None:
    listed, other = keys.make("listed"), keys.make("other")
    signed = keys.sign(other, tmp_path / "rpm")
    assert "no key listed" in check(signed, listed, keys.public(listed, tmp_path / "key"))


def test_a_signature_made_after_its_key_had_expired_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("expired")
    signed = keys.sign(key, tmp_path / "rpm")
    keys.gpg("--quick-set-expire", key, "2024-03-01", time="20240201T000000")
    assert "had expired" in check(signed, key, keys.public(key, tmp_path / "key"))


def test_a_signature_made_before_its_key_expired_stays_good(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("expiring")
    signed = keys.sign(key, tmp_path / "rpm")
    keys.gpg("--quick-set-expire", key, "2024-09-01", time="20240201T000000")
    assert check(signed, key, keys.public(key, tmp_path / "key")) == ""


def test_the_signature_of_a_revoked_key_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("revoked")
    signed = keys.sign(key, tmp_path / "rpm")
    keys.revoke(key)
    assert "is revoked" in check(signed, key, keys.public(key, tmp_path / "key"))


def test_a_weak_digest_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("weak")
    signed = keys.sign(key, tmp_path / "rpm", digest="sha1")
    assert "signed with SHA-1, which is weak" in check(signed, key, keys.public(key, tmp_path / "key"))


def test_a_dsa_key_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("dsa", "dsa2048")
    assert "signed with DSA, which is weak" in check(
        keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key")
    )


def test_another_package_under_the_locked_name_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("swapped")
    signed, certificate = keys.sign(key, tmp_path / "rpm"), keys.public(key, tmp_path / "key")
    newer = ExpectedRpm(signed, Nevra.parse("hello-data-1.2-1.noarch"), key)
    (fault,) = verify_packages([newer], Keyring.load([certificate]))
    assert "the file is hello-data-1.1-1.noarch" in str(fault)


def test_a_key_file_without_a_key_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "RPM-GPG-KEY"
    empty.write_text("nothing\n")
    with pytest.raises(InputError, match="RPM-GPG-KEY: holds no public key"):
        Keyring.load([empty])
