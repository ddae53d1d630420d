"""Signatures that must not pass: unsigned, of other keys, expired, revoked, weak; and that the good ones do."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_core import proc
from airlock_core.errors import InputError
from airlock_core.nevra import Nevra
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from airlock_core.signatures.keyring import certificates
from airlock_core.signatures.proofs import Proofs
from airlock_core.signatures.rpmfile import parse_head
from tests.integration.rpms.signing import COMPROMISED, FIXTURE, RETIRED, SUPERSEDED, Signer, signer
from tests.rpmcraft import with_signatures, without_payload_digest
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY, SECRET_KEY
from tests.standin.synthetic.openpgp import Signer as PebbleSigner

pytestmark = pytest.mark.integration

NEVRA = Nevra.parse("hello-data-1.1-1.noarch")
NOW = 1735689600  # 2025-01-01
VERSION_6 = b"\xc2\x54\x06\x00\x1b\x0a\0\0\0\x29\x05\x02\x65\x92\x00\x80\x22\x21\x06" + bytes(range(32)) + bytes(35)


@pytest.fixture(scope="module")
def keys() -> Iterator[Signer]:
    with signer() as home:
        yield home


def check(path: Path, signed_by: str | None, *certificates: Path, excused: bool = False, now: int = NOW) -> str:
    expected = ExpectedRpm(path, NEVRA, signed_by, excused=excused)
    return "\n".join(str(fault) for fault in verify_packages([expected], Keyring.load(certificates), now=now))


def unsigned(target: Path) -> Path:
    target.write_bytes(FIXTURE.read_bytes())
    proc.run(["rpmsign", "--delsign", target], timeout=60)
    return target


def flipped(path: Path, offset: int) -> Path:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    return path


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


def test_a_weak_digest_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("weak")
    signed = keys.sign(key, tmp_path / "rpm", digest="sha1")
    certificate = keys.public(key, tmp_path / "key")
    assert "signed with SHA-1, which is weak" in check(signed, key, certificate)
    assert check(signed, key, certificate, excused=True) == ""


def test_a_dsa_key_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("dsa", "dsa2048")
    assert "signed with DSA, which is weak" in check(
        keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key")
    )


def test_a_short_rsa_key_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("short1024", "rsa1024")
    told = check(keys.sign(key, tmp_path / "rpm"), key, keys.public(key, tmp_path / "key"))
    assert "has 1024 bits, fewer than 2048, which is weak" in told


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


def test_another_package_under_the_locked_name_is_refused(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("swapped")
    signed, certificate = keys.sign(key, tmp_path / "rpm"), keys.public(key, tmp_path / "key")
    newer = ExpectedRpm(signed, Nevra.parse("hello-data-1.2-1.noarch"), key)
    (fault,) = verify_packages([newer], Keyring.load([certificate]), now=NOW)
    assert "the file is hello-data-1.1-1.noarch" in str(fault)


def test_a_key_file_without_a_key_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "RPM-GPG-KEY"
    empty.write_text("nothing\n")
    with pytest.raises(InputError, match="RPM-GPG-KEY: holds no public key"):
        Keyring.load([empty])


def test_gpgv_is_asked_once_for_a_signature_and_policy_each_time(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("proven")
    signed = keys.sign(key, tmp_path / "rpm")
    ring, proofs = Keyring.load([keys.public(key, tmp_path / "key")]), tmp_path / "proofs.sqlite"

    def faults(now: int) -> list[str]:
        expected = [ExpectedRpm(signed, NEVRA, key)]
        return [str(fault) for fault in verify_packages(expected, ring, now=now, proofs=proofs)]

    assert faults(NOW) == []
    with contextlib.closing(sqlite3.connect(proofs)) as database:
        assert database.execute("SELECT value FROM dated").fetchall() == [(key.encode(),)]
    assert faults(NOW) == []
    assert "in the future" in faults(1717000000)[0]
    flipped(signed, signed.read_bytes().index(b"What hello says"))
    assert "does not fit" in faults(NOW)[0], "a proof is of these very bytes"


def test_a_proof_is_of_the_certificate_as_it_was_read(keys: Signer, tmp_path: Path) -> None:
    key = keys.make("changing")
    signed = keys.sign(key, tmp_path / "rpm")
    proofs, expected = tmp_path / "proofs.sqlite", [ExpectedRpm(signed, NEVRA, key)]

    def faults(name: str) -> tuple[int, str]:
        ring = Keyring.load([keys.public(key, tmp_path / name)])
        found = verify_packages(expected, ring, now=NOW, proofs=proofs)
        with contextlib.closing(sqlite3.connect(proofs)) as database:
            (count,) = database.execute("SELECT count(*) FROM dated").fetchone()
        return count, "\n".join(map(str, found))

    assert faults("as made") == (1, "")
    assert faults("as it still is") == (1, "")
    keys.gpg("--quick-set-expire", key, "20260101T000000")
    assert faults("that expires later") == (2, "")
    keys.revoke(key)
    count, told = faults("revoked")
    assert count == 3
    assert "is revoked" in told


def test_a_lock_proves_again_what_a_changed_key_signed(keys: Signer, tmp_path: Path) -> None:
    key, other = keys.make("renewed"), keys.make("steady")
    headers = [parse_head(keys.sign(one, tmp_path / one).read_bytes(), where=one) for one in (key, other)]
    packets = [head.classic[0] for head in headers]

    def known() -> list[bool]:
        listed = Keyring.load([keys.public(key, tmp_path / "1"), keys.public(other, tmp_path / "2")])
        with certificates(listed) as ring:
            proofs = Proofs(ring, listed, tmp_path / "proofs.sqlite")
            proofs.gather((packet, replace(head, header=b"")) for packet, head in zip(packets, headers, strict=True))
            found = [proofs.knows(packet, head) for packet, head in zip(packets, headers, strict=True)]
            proofs.gather(zip(packets, headers, strict=True))
            return found

    assert known() == [False, False]
    assert known() == [True, True]
    keys.gpg("--quick-set-expire", key, "20300101T000000")
    assert known() == [False, True]
