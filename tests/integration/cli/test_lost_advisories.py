"""Repositories whose updateinfo.xml is lost or damaged: only a medium that is to carry advisories needs it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin.keys import PUBLIC_KEY

pytestmark = pytest.mark.integration

SMALL = Path(__file__).parents[2] / "standin/fixtures/small/rpms"


@pytest.fixture
def airlock(tmp_path: Path) -> Airlock:
    return Airlock(tmp_path, tmp_path / "store")


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """A repository on disk that lacks its updateinfo.xml."""
    folder = shutil.copytree(SMALL, tmp_path / "repo")
    _updateinfo(folder).unlink()
    return folder


def test_a_lost_updateinfo_is_told_and_leaves_a_lock_without_it(airlock: Airlock, lost: Path) -> None:
    _write(airlock, lost)
    told = airlock("lock", "-m", "release.yaml")
    assert f"repo small: locked without its updateinfo.xml, which cannot be had ({lost.as_uri()}/repodata/" in told.err
    assert "updateinfo:" not in (airlock.folder / "locks/release/rpms.lock").read_text()
    airlock("lock", "-m", "release.yaml", "--check")
    airlock("lock", "-m", "release.yaml", "--check", "--offline")


def test_a_damaged_updateinfo_is_told_with_both_digests(airlock: Airlock, lost: Path) -> None:
    whole = _updateinfo(SMALL)
    data = bytearray(whole.read_bytes())
    data[-1] ^= 1
    (lost / "repodata" / whole.name).write_bytes(data)
    _write(airlock, lost)
    told = airlock("lock", "-m", "release.yaml")
    assert f"{whole.name}: other bytes than locked: expected sha256:{whole.name[:64]}, found sha256:" in told.err


def test_a_medium_that_is_to_carry_advisories_is_not_locked_without_them(airlock: Airlock, lost: Path) -> None:
    _write(airlock, lost, advisories=True)
    told = airlock("lock", "-m", "release.yaml", expect=5)
    assert "updateinfo of repo small: " in told.err
    assert not (airlock.folder / "locks").exists()


def test_an_updateinfo_that_comes_back_is_locked_with_the_reason(airlock: Airlock, lost: Path) -> None:
    _write(airlock, lost)
    airlock("lock", "-m", "release.yaml")
    whole = _updateinfo(SMALL)
    shutil.copy(whole, lost / "repodata")
    told = airlock("lock", "-m", "release.yaml")
    assert "repo small: the lock had no updateinfo.xml of it" in told.err
    assert whole.name in (airlock.folder / "locks/release/rpms.lock").read_text()


def _write(airlock: Airlock, repo: Path, **rpms: Any) -> None:
    repos = [{"id": "small", "baseurl": repo.as_uri(), "gpgkey": [str(PUBLIC_KEY)]}]
    airlock.write({"rpms": {"repos": repos, "packages": ["hello"], **rpms}})


def _updateinfo(repo: Path) -> Path:
    (found,) = (repo / "repodata").glob("*-updateinfo.xml.gz")
    return found
