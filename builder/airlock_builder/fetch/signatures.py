"""The signatures of fetched RPMs, each file checked once for each keyring."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from airlock_builder.store import Store
from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError
from airlock_core.locks import LockedRpm
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages

_PACE = 200
"""Packages checked between two notes of what is done."""


def check_signatures(packages: Iterable[LockedRpm], store: Store, keys: Keyring) -> list[AirlockError]:
    """Check all RPMs that this store has not seen checked with these keys; what is wrong with them.

    What passed is noted under ``metadata/signed``, by digest, package, signer and keys, so that a warm run is quick.
    The notes spare time alone: what the digest pins was checked when noted, and the medium's manifest holds the digest.
    """
    fresh = [package for package in packages if not _note(package, store, keys).exists()]
    faults: list[AirlockError] = []
    for start in range(0, len(fresh), _PACE):
        faults += _check(fresh[start : start + _PACE], store, keys)
    return faults


def _check(packages: list[LockedRpm], store: Store, keys: Keyring) -> list[AirlockError]:
    faults = verify_packages((_expected(package, store) for package in packages), keys)
    refused = {fault.where for fault in faults}
    for package in packages:
        if _expected(package, store).label not in refused:
            atomic.write(_note(package, store, keys), b"")
    return faults


def _expected(package: LockedRpm, store: Store) -> ExpectedRpm:
    return ExpectedRpm(store.path(package.checksum), package.nevra, package.signer, package.url)


def _note(package: LockedRpm, store: Store, keys: Keyring) -> Path:
    facts = (str(package.checksum), str(package.nevra), str(package.signer), *keys.armored)
    return store.metadata / "signed" / Digest.sha256("\n".join(facts).encode()).hex
