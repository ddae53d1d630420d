"""Mirrors that go back in time, or mix two states of a repository, as `airlock lock` meets them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import HEAD, Airlock
from tests.integration.rpms.conftest import ROOT
from tests.standin.keys import PUBLIC_KEY

pytestmark = pytest.mark.integration

FIXTURE = ROOT / "tests/standin/fixtures/small/rpms"
TODAY, YESTERDAY = 1704153600, 1704067200
Turn = Callable[..., None]


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A copy of the stand-in's repository, to be altered."""
    return shutil.copytree(FIXTURE, tmp_path / "mirror")


@pytest.fixture
def airlock(tmp_path: Path, mirror: Path) -> Airlock:
    """The program in a folder whose manifest takes one package from the mirror."""
    work = tmp_path / "work"
    work.mkdir()
    repos = [
        {"id": identity, "baseurl": mirror.as_uri(), "gpgkey": [str(PUBLIC_KEY)]} for identity in ("small", "other")
    ]
    manifest = {**HEAD, "metadata": {"name": "t", "version": "1", "number": 1}, "locks": "."}
    (work / "m.yaml").write_text(yaml.safe_dump({**manifest, "rpms": {"repos": repos, "packages": ["hello-data"]}}))
    return Airlock(work, tmp_path / "store")


@pytest.fixture
def turn(mirror: Path) -> Turn:
    """Gives the mirror another revision and another time of its newest file."""

    def turn(revision: int | str, time: int = YESTERDAY) -> None:
        path = mirror / "repodata/repomd.xml"
        text = re.sub("<revision>.*</revision>", f"<revision>{revision}</revision>", path.read_text())
        path.write_text(re.sub("<timestamp>.*</timestamp>", f"<timestamp>{time}</timestamp>", text))

    return turn


def lock(airlock: Airlock, *words: str, expect: int = 0) -> str:
    return airlock("lock", "-m", "m.yaml", *words, expect=expect).err


def test_a_smaller_revision_is_refused_with_both_dates_for_each_repository(airlock: Airlock, turn: Turn) -> None:
    turn(TODAY)
    lock(airlock)
    before = (airlock.folder / "rpms.lock").read_text()
    turn(YESTERDAY)
    told = lock(airlock, expect=4)
    for repo in ("small", "other"):
        assert f"repo {repo} went back in time" in told
        assert f"airlock lock --allow-rollback {repo}" in told
    assert "the lock saw revision 1704153600 (2024-01-02 00:00:00 UTC)" in told
    assert "this is revision 1704067200 (2024-01-01 00:00:00 UTC)" in told
    assert (airlock.folder / "rpms.lock").read_text() == before
    assert "went back" in lock(airlock, "--check", expect=4)


def test_the_flag_allows_it_for_the_repository_that_it_names_alone(airlock: Airlock, turn: Turn) -> None:
    turn(TODAY)
    lock(airlock)
    turn(YESTERDAY)
    told = lock(airlock, "--allow-rollback", "small", expect=4)
    assert "repo other went back" in told
    assert "repo small went back" not in told
    lock(airlock, "--allow-rollback", "small", "--allow-rollback", "other")


def test_what_was_allowed_once_stands_in_the_lock_and_is_where_it_counts_from(airlock: Airlock, turn: Turn) -> None:
    turn(TODAY)
    lock(airlock)
    turn(YESTERDAY)
    told = airlock("lock", "-m", "m.yaml", "--allow-rollback", "small", "--allow-rollback", "other")
    assert "repo small: it went back in time, as was allowed" in told.out + told.err
    assert (airlock.folder / "rpms.lock").read_text().count(f"revision: '{YESTERDAY}'") == 2
    lock(airlock, "--check")
    turn(YESTERDAY - 1)
    assert f"the lock saw revision {YESTERDAY} " in lock(airlock, expect=4)


def test_what_is_allowed_and_did_not_happen_changes_no_lock(airlock: Airlock, turn: Turn) -> None:
    turn(YESTERDAY)
    lock(airlock)
    before = (airlock.folder / "rpms.lock").read_text()
    turn(TODAY)
    lock(airlock, "--allow-rollback", "small", "--allow-rollback", "other")
    assert (airlock.folder / "rpms.lock").read_text() == before


def test_a_revision_that_people_chose_is_judged_by_the_newest_file(airlock: Airlock, turn: Turn) -> None:
    turn("8.10", TODAY)
    lock(airlock)
    turn("8.10", YESTERDAY)
    told = lock(airlock, expect=4)
    assert "the lock saw revision 8.10 (2024-01-02 00:00:00 UTC), this is revision 8.10 (2024-01-01" in told
    turn("8.10", TODAY + 1)
    assert "repo small" not in lock(airlock)


def test_a_newer_revision_passes_and_another_document_under_the_same_is_noted(airlock: Airlock, turn: Turn) -> None:
    turn(YESTERDAY)
    lock(airlock)
    turn(TODAY)
    assert "repo small" not in lock(airlock)
    turn(YESTERDAY)
    repomd = airlock.folder.parent / "mirror/repodata/repomd.xml"
    repomd.write_text(repomd.read_text() + "\n")
    assert "repo small: other metadata than the lock saw, under the same revision 1704067200" in lock(airlock)


def test_a_repository_that_the_manifest_does_not_have_cannot_be_allowed(airlock: Airlock) -> None:
    assert "the manifest has other, small" in lock(airlock, "--allow-rollback", "smal", expect=3)


def test_a_mirror_that_mixes_two_states_is_refused_by_digest(airlock: Airlock, mirror: Path) -> None:
    primary = next(mirror.glob("repodata/*-primary.xml.gz"))
    shutil.copy(next(mirror.glob("repodata/*-other.xml.gz")), primary)
    told = lock(airlock, expect=4)
    assert primary.name in told
    assert "expected 1213 bytes, found 488" in told
