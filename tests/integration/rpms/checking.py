"""One package file checked as `fetch` checks it."""

from __future__ import annotations

from pathlib import Path

from airlock_core import proc
from airlock_core.nevra import Nevra
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from tests.integration.rpms.signing import FIXTURE

NEVRA = Nevra.parse("hello-data-1.1-1.noarch")
NOW = 1735689600  # 2025-01-01


def check(path: Path, signed_by: str | None, *certificates: Path, excused: bool = False, now: int = NOW) -> str:
    """What speaks against a file of the package; empty where nothing does."""
    expected = ExpectedRpm(path, NEVRA, signed_by, excused=excused)
    return "\n".join(str(fault) for fault in verify_packages([expected], Keyring.load(certificates), now=now))


def unsigned(target: Path) -> Path:
    """The package without its signature."""
    target.write_bytes(FIXTURE.read_bytes())
    proc.run(["rpmsign", "--delsign", target], timeout=60)
    return target


def flipped(path: Path, offset: int) -> Path:
    """The file, one bit of it altered."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    return path
