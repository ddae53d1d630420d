"""Proofs of signatures: kept so that gpgv is asked once, for these bytes and this certificate."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from airlock_core.signatures.keyring import certificates
from airlock_core.signatures.proofs import Proofs
from airlock_core.signatures.rpmfile import parse_head
from tests.integration.rpms.checking import NEVRA, NOW, flipped
from tests.integration.rpms.signing import Signer

pytestmark = pytest.mark.integration


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
