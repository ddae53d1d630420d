"""What speaks against a signature."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock_core.signatures import Key, Keyring, policy
from airlock_core.signatures.openpgp import Signature
from airlock_core.signatures.policy import Kind, Objection

KEY = Key("A" * 40, "A" * 40, algorithm=1, bits=4096, created=1000, expires=3000)
SIGNATURE = Signature(4, 0, 1, 8, created=2000, issuer=KEY.fingerprint)
NOW = 9000


def objections(signature: Signature, key: Key, *others: Key) -> list[Objection]:
    keyring = Keyring((key, *others))
    return [*policy.of_signature(signature, NOW), *policy.of_key(signature, key, keyring)]


def test_nothing_speaks_against_a_sound_signature_though_its_key_expired_later() -> None:
    assert objections(SIGNATURE, KEY) == []
    assert [*policy.of_site(SIGNATURE, KEY, 8), *policy.of_site(SIGNATURE, KEY, 9)] == []


def test_a_key_id_that_two_keys_have_is_nobody() -> None:
    twins = Keyring((KEY, replace(KEY, fingerprint="B" * 24 + "A" * 16)))
    assert twins.find("A" * 16) is None
    assert Keyring((KEY,)).find("A" * 16) == KEY


@pytest.mark.parametrize(
    ("signature", "key", "kind", "said"),
    [
        (replace(SIGNATURE, hash_algorithm=1), KEY, Kind.WEAK, "MD5"),
        (replace(SIGNATURE, hash_algorithm=2), KEY, Kind.WEAK, "SHA-1"),
        (replace(SIGNATURE, hash_algorithm=3), KEY, Kind.WEAK, "RIPEMD-160"),
        (replace(SIGNATURE, key_algorithm=17), KEY, Kind.WEAK, "DSA"),
        (replace(SIGNATURE, kind=1), KEY, Kind.UNFIT, "type 0x01"),
        (replace(SIGNATURE, created=999), KEY, Kind.UNFIT, "before its key"),
        (replace(SIGNATURE, created=3000), KEY, Kind.EXPIRED, "had expired on 1970-01-01"),
        (replace(SIGNATURE, expires=NOW), KEY, Kind.EXPIRED, "its signature expired"),
        (replace(SIGNATURE, created=NOW + 3601), replace(KEY, expires=None), Kind.FUTURE, "in the future"),
        (SIGNATURE, replace(KEY, revoked=0), Kind.REVOKED, "is revoked"),
        (SIGNATURE, replace(KEY, revoked=2000), Kind.REVOKED, "is revoked since"),
        (SIGNATURE, replace(KEY, valid=False), Kind.UNFIT, "not bound"),
        (SIGNATURE, replace(KEY, signs=False), Kind.UNFIT, "not one for signing"),
        (SIGNATURE, replace(KEY, bits=1024), Kind.WEAK, "1024 bits"),
    ],
)
def test_each_fault_is_said(signature: Signature, key: Key, kind: Kind, said: str) -> None:
    (reason,) = objections(signature, key)
    assert reason.kind is kind
    assert said in reason.text


def test_a_revocation_that_supersedes_leaves_what_was_signed_before() -> None:
    assert objections(SIGNATURE, replace(KEY, revoked=2001)) == []


def test_a_signer_whose_clock_is_a_little_ahead_is_no_fault() -> None:
    assert objections(replace(SIGNATURE, created=NOW + 3600), replace(KEY, expires=None)) == []


def test_a_subkey_of_a_weak_primary_key_is_weak() -> None:
    primary = replace(KEY, bits=1024)
    (reason,) = objections(SIGNATURE, replace(KEY, fingerprint="B" * 40), primary)
    assert "A" * 40 in reason.text


@pytest.mark.parametrize("algorithm", [19, 22, 27])
def test_what_rpm_of_the_platform_does_not_read_is_said(algorithm: int) -> None:
    (reason,) = policy.of_site(replace(SIGNATURE, key_algorithm=algorithm), KEY, 8)
    assert reason.kind is Kind.UNREADABLE
    assert "rpm of Enterprise Linux 8 does not read" in reason.text


def test_a_key_certified_with_sha_1_is_refused_where_rpm_refuses_it() -> None:
    weak = replace(KEY, weakly_bound=True)
    assert list(policy.of_site(SIGNATURE, weak, 8)) == []
    (reason,) = policy.of_site(SIGNATURE, weak, 9)
    assert reason.kind is Kind.WEAK
    assert "newer copy of the key" in reason.text


def test_only_what_proves_nothing_can_be_excused() -> None:
    unproven = {Kind.UNSIGNED, Kind.PARTIAL, Kind.UNLISTED, Kind.EXPIRED, Kind.WEAK, Kind.UNREADABLE}
    assert {kind for kind in Kind if policy.excusable([Objection(kind, "")])} == unproven
    assert not policy.excusable([Objection(Kind.WEAK, ""), policy.altered("")])
