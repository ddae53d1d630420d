"""The signatures of fetched RPMs, each file checked once for each keyring."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError
from airlock_core.locks import LockedRpm
from airlock_core.notebook import Notebook
from airlock_core.progress import Progress, Step
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages

_RULES = "2"
"""Of the rules by which packages are judged: what was noted by others says nothing any more."""
_PACE = 200
"""Packages checked between two notes of what is done."""


def check_signatures(
    packages: Iterable[LockedRpm], store: Store, keys: Keyring, progress: Progress
) -> list[AirlockError]:
    """Check all RPMs that this store has not seen checked with these keys; what is wrong with them.

    What passed is noted, by digest, package, signer and keys, so that a warm run is quick. The notes spare time alone:
    what the digest pins was checked when noted, and the medium's manifest holds the digest.
    """
    notebook = Notebook(store.metadata / "signed.sqlite")
    keyring = Digest.sha256("\n".join(keys.armored).encode()).hex
    notes = {_note(package, keyring): package for package in packages}
    seen = notebook.read(notes)
    fresh = [(note, package) for note, package in notes.items() if note not in seen]
    faults: list[AirlockError] = []
    for start in range(0, len(fresh), _PACE):
        progress(Step("fetch", "signatures", start, len(fresh), unit="packages"))
        some = dict(fresh[start : start + _PACE])
        found = _check(list(some.values()), store, keys)
        refused = {fault.where for fault in found}
        notebook.write({note: b"" for note, one in some.items() if _expected(one, store).label not in refused})
        faults += found
    if fresh:
        progress(Step("fetch", "signatures", len(fresh), len(fresh), finished=True, unit="packages"))
    return faults


def _check(packages: Sequence[LockedRpm], store: Store, keys: Keyring) -> list[AirlockError]:
    expected = [_expected(package, store) for package in packages]
    return verify_packages(expected, keys, now=int(time.time()), proofs=store.metadata / "proofs.sqlite")


def _expected(package: LockedRpm, store: Store) -> ExpectedRpm:
    excused = package.unsigned is not None
    return ExpectedRpm(store.path(package.checksum), package.nevra, package.signer, package.url, excused)


def _note(package: LockedRpm, keyring: str) -> str:
    excused = str(package.unsigned is not None)
    facts = "\n".join((_RULES, str(package.nevra), str(package.signer), excused, keyring))
    return f"{package.checksum} {Digest.sha256(facts.encode()).hex}"
