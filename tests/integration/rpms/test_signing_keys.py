"""Keys that signed: expired, revoked, weak, subkeys with their primary keys and without."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from airlock_core import proc
from airlock_core.errors import InputError
from airlock_core.signatures import Keyring
from tests.integration.rpms.checking import check, flipped
from tests.integration.rpms.signing import COMPROMISED, RETIRED, SUPERSEDED, Signer

pytestmark = pytest.mark.integration


def test_the_signer_is_the_subkey_that_signed_not_its_primary_key(keys: Signer, tmp_path: Path) -> None:
    primary = keys.make("primary")
    subkey = keys.add_subkey(primary)
    certificate = keys.public(primary, tmp_path / "key")
    signed = keys.sign(f"{subkey}!", tmp_path / "rpm")
    assert check(signed, subkey, certificate) == ""
    assert f"signed by {subkey}, not by {primary}" in check(signed, primary, certificate)
    shown = proc.run(["rpm", "-qp", "--nosignature", "--qf", "%{RSAHEADER:pgpsig}", signed], timeout=60).stdout
    assert shown.endswith(f"Key ID {subkey[-16:].lower()}"), "as rpm shows it"


def test_a_signature_made_after_its_key_had_expired_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("expired")
    signed = keys.sign(key, tmp_path / "rpm")
    keys.gpg("--quick-set-expire", key, "2024-03-01", time="20240201T000000")
    told = check(signed, key, keys.public(key, tmp_path / "key"))
    assert "signed on 2024-06-01, after its key" in told
    assert "(expired <expired@test>) had expired on 2024-03-01" in told


def test_a_signature_made_before_its_key_expired_stays_good(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("expiring")
    signed = keys.sign(key, tmp_path / "rpm")
    keys.gpg("--quick-set-expire", key, "2024-09-01", time="20240201T000000")
    assert check(signed, key, keys.public(key, tmp_path / "key")) == ""


def test_a_subkey_does_not_outlive_its_primary_key(keys: Signer, tmp_path: Path) -> None:
    primary = keys.make("short")
    subkey = keys.add_subkey(primary)
    signed = keys.sign(f"{subkey}!", tmp_path / "rpm")
    keys.gpg("--quick-set-expire", primary, "2024-03-01", time="20240201T000000")
    assert "had expired on 2024-03-01" in check(signed, subkey, keys.public(primary, tmp_path / "key"))


@pytest.mark.parametrize("reason", [None, COMPROMISED])
def test_a_key_revoked_without_a_reason_or_as_compromised_makes_all_its_signatures_bad(
    keys: Signer, tmp_path: Path, reason: str | None
) -> None:
    key = keys.make(f"revoked{reason}")
    signed = keys.sign(key, tmp_path / "rpm")
    if reason:
        keys.revoke_for(key, reason, time="20240901T000000")
    else:
        keys.revoke(key)
    certificate = keys.public(key, tmp_path / "key")
    assert "is revoked" in check(signed, key, certificate)
    assert "is revoked" in check(signed, key, certificate, excused=True)


@pytest.mark.parametrize("reason", [SUPERSEDED, RETIRED])
def test_a_key_revoked_as_superseded_or_retired_leaves_its_older_signatures_good(
    keys: Signer, tmp_path: Path, reason: str
) -> None:
    key = keys.make(f"retired{reason}")
    early, late = keys.sign(key, tmp_path / "1"), keys.sign(key, tmp_path / "2", time="20241001T000000")
    keys.revoke_for(key, reason, time="20240901T000000")
    certificate = keys.public(key, tmp_path / "key")
    assert check(early, key, certificate) == ""
    assert "is revoked since 2024-09-01" in check(late, key, certificate)


def test_a_dsa_key_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("dsa", "dsa2048")
    assert "signed with DSA, which is weak" in check(
        keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key")
    )


def test_a_short_rsa_key_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("short1024", "rsa1024")
    told = check(keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key"))
    assert "has 1024 bits, fewer than 2048, which is weak" in told


def test_a_subkey_whose_owner_did_not_sign_it_cannot_sign(keys: Signer, tmp_path: Path) -> None:
    primary, thief = keys.make("owner"), keys.make("thief")
    subkey = keys.add_subkey(thief)
    signed = keys.sign(f"{subkey}!", tmp_path / "rpm")
    # the thief's subkey, with the binding that the thief made, under the owner's key
    certificate = tmp_path / "key"
    owner, stolen = (keys.home.joinpath(f"{one}.gpg") for one in (primary, thief))
    for one, path in ((primary, owner), (thief, stolen)):
        keys.gpg("--output", path, "--export", one)
    certificate.write_bytes(owner.read_bytes() + _from_subkey(stolen.read_bytes()))
    assert f"signed by {subkey}, which is no key listed" in check(signed, subkey, certificate)


def test_a_subkey_that_did_not_sign_back_cannot_sign(keys: Signer, tmp_path: Path) -> None:
    """Without that signature anybody could put another's key under his own, and claim what it signed."""
    primary = keys.make("claimant")
    subkey = keys.add_subkey(primary)
    signed = keys.sign(f"{subkey}!", tmp_path / "rpm")
    exported = keys.home / "claimant.gpg"
    keys.gpg("--output", exported, "--export", primary)
    certificate = tmp_path / "key"
    certificate.write_bytes(_without_back_signature(exported.read_bytes()))
    assert "not cross-certified" in check(signed, subkey, certificate)


def _from_subkey(certificate: bytes) -> bytes:
    """The packets from the subkey on."""
    return certificate[next(start for tag, start, _ in _packets(certificate) if tag == 14) :]


def _without_back_signature(certificate: bytes) -> bytes:
    """The certificate without that packet in the part of its subkey's binding that nobody signs, where gpg puts it."""
    *_, (tag, start, end) = _packets(certificate)
    assert tag == 2
    body = certificate[start + 3 : end]
    hashed = 6 + int.from_bytes(body[4:6], "big")
    unhashed = hashed + 2 + int.from_bytes(body[hashed : hashed + 2], "big")
    issuer = b"\x09\x10" + body[hashed + 2 : unhashed].partition(b"\x09\x10")[2][:8]
    bare = body[:hashed] + struct.pack(">H", len(issuer)) + issuer + body[unhashed:]
    return certificate[:start] + bytes([0x89]) + struct.pack(">H", len(bare)) + bare


def _packets(data: bytes) -> list[tuple[int, int, int]]:
    """Type, beginning and end of each packet; gpg writes the old format with lengths of one or two octets here."""
    found, at = [], 0
    while at < len(data):
        octets = 1 << (data[at] & 3)
        length = int.from_bytes(data[at + 1 : at + 1 + octets], "big")
        found.append(((data[at] >> 2) & 15, at, at + 1 + octets + length))
        at += 1 + octets + length
    return found


@pytest.mark.parametrize("algorithm", ["nistp256", "ed25519"])
def test_a_key_that_this_rpm_cannot_import_does_not_stop_the_check_of_others(
    keys: Signer, tmp_path: Path, algorithm: str
) -> None:
    curve, good = keys.make(f"curve{algorithm}", algorithm), keys.make(f"beside{algorithm}")
    certificates = (keys.public(curve, tmp_path / "1"), keys.public(good, tmp_path / "2"))
    assert check(keys.sign(good, tmp_path / "rpm"), good, *certificates) == ""
    signed = keys.sign_header(curve, tmp_path / "curve")
    assert check(signed, curve, *certificates, excused=True) == ""
    damaged = flipped(signed, signed.read_bytes().index(b"What hello says"))
    assert "does not fit" in check(damaged, curve, *certificates, excused=True)


def test_a_key_file_without_a_key_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "RPM-GPG-KEY"
    empty.write_text("nothing\n")
    with pytest.raises(InputError, match="RPM-GPG-KEY: holds no public key"):
        Keyring.load([empty])
