"""One-bit flips anywhere in a signed package: each is found, and the package named.

    AIRLOCK_FLIPS=1000 .venv/bin/python -m pytest tests/integration/rpms/test_flips.py -q -s

does as many as it says; without the variable a sample is enough.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from airlock_builder.fetch import fetch
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.locks import LockedRpm, ReleaseLocks, RpmArch, RpmsLock
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from airlock_core.signatures.rpmfile import parse_head
from tests import realdata
from tests.integration.rpms.conftest import Serve
from tests.registries import registries

pytestmark = pytest.mark.integration

FLIPS = int(os.environ.get("AIRLOCK_FLIPS", "60"))
SEED = 3
NAME = "libnetfilter_cttimeout-1.0.0-11.el8.x86_64.rpm"
NOW = 1735689600  # 2025-01-01


@pytest.fixture(scope="module")
def keys() -> Keyring:
    return Keyring.load([realdata.folder("keys/RPM-GPG-KEY-rockyofficial") / "keys/RPM-GPG-KEY-rockyofficial"])


@pytest.fixture(scope="module")
def original() -> bytes:
    return (realdata.folder(f"rpms/rocky8/{NAME}") / "rpms/rocky8" / NAME).read_bytes()


def places(size: int, start: int = 0) -> list[tuple[int, int]]:
    """Byte and bit of each flip: the same in every run."""
    chance = random.Random(SEED)
    return [(chance.randrange(start, size), chance.randrange(8)) for _ in range(FLIPS)]


def test_fetch_refuses_each_by_name(original: bytes, keys: Keyring, serving: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "upstream"
    folder.mkdir()
    (folder / NAME).write_bytes(original)
    server, http = serving(folder)
    nevra = parse_head(original, where=NAME).nevra
    url, digest = f"http://real.test/{NAME}", Digest.sha256(original)
    package = LockedRpm(
        nevra.name, nevra.evr, nevra.arch, url, "rocky8", len(original), digest, signer=keys.fingerprints[0]
    )
    locks = ReleaseLocks(rpms=RpmsLock((RpmArch("x86_64", (package,)),)))
    named = 0
    nobody = registries(http.mirrors)
    for number, (offset, bit) in enumerate(places(len(original))):
        server.faults.flip(f"/{NAME}", offset=offset, bit=bit)
        store = Store(tmp_path / f"store{number}")
        with pytest.raises(VerificationError) as caught:
            fetch(locks, store, http, Registry(nobody), ChartsOci(nobody), keys)
        named += str(nevra) in str(caught.value)
        assert not store.has(package.checksum)
        server.faults.clear()
    assert named == FLIPS
    print(f"\nfetch: {named} of {FLIPS} one-bit flips anywhere in {NAME} found and named (seed {SEED})")


def test_the_signatures_alone_find_each_from_the_header_on(original: bytes, keys: Keyring, tmp_path: Path) -> None:
    """What lies before, lead and signatures, nobody signs: the digests of lock and medium cover it."""
    head = parse_head(original, where=NAME)
    expected = []
    for number, (offset, bit) in enumerate(places(len(original), head.start)):
        path = tmp_path / str(number)
        path.write_bytes(original[:offset] + bytes([original[offset] ^ 1 << bit]) + original[offset + 1 :])
        expected.append(ExpectedRpm(path, head.nevra, keys.fingerprints[0], where=f"flip {number}"))
    faults = verify_packages(expected, keys, now=NOW)
    assert {fault.where for fault in faults} == {package.label for package in expected}
    print(f"\nsignatures: {len(faults)} of {FLIPS} one-bit flips from the header of {NAME} on found (seed {SEED})")
