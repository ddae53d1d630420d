"""What speaks against a signature."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock_core.signatures import Key, Keyring
from airlock_core.signatures.openpgp import Signature
from airlock_core.signatures.policy import objections

KEY = Key("A" * 40, "A" * 40, algorithm=1, bits=4096, created=1000, expires=3000)
SIGNATURE = Signature(4, 0, 1, 8, created=2000, issuer=KEY.fingerprint)


def test_nothing_speaks_against_a_sound_signature() -> None:
    assert objections(SIGNATURE, Keyring((KEY,))) == []


def test_a_key_id_that_two_keys_have_is_nobody() -> None:
    twins = Keyring((KEY, replace(KEY, fingerprint="B" * 24 + "A" * 16)))
    assert objections(replace(SIGNATURE, issuer="A" * 16), twins) != []


@pytest.mark.parametrize(
    ("signature", "key", "said"),
    [
        (replace(SIGNATURE, issuer="C" * 40), KEY, "no key listed"),
        (replace(SIGNATURE, hash_algorithm=1), KEY, "MD5"),
        (replace(SIGNATURE, hash_algorithm=2), KEY, "SHA-1"),
        (replace(SIGNATURE, key_algorithm=17), KEY, "DSA"),
        (replace(SIGNATURE, kind=1), KEY, "type 0x01"),
        (replace(SIGNATURE, created=999), KEY, "before its key"),
        (replace(SIGNATURE, created=3000), KEY, "had expired"),
        (SIGNATURE, replace(KEY, revoked=True), "revoked"),
        (SIGNATURE, replace(KEY, valid=False), "not bound"),
        (SIGNATURE, replace(KEY, signs=False), "not one for signing"),
        (SIGNATURE, replace(KEY, bits=1024), "1024 bits"),
    ],
)
def test_each_fault_is_said(signature: Signature, key: Key, said: str) -> None:
    (reason,) = objections(signature, Keyring((key,)))
    assert said in reason
