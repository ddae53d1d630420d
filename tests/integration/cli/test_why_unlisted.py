"""`airlock why` where the lock holds builds that their repository no longer lists, as `lock --update` leaves them.

The store of those who locked has the metadata that lists them; others' stores have not, and may have the files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.cli.test_update import SECOND, THIRD, Repo, manifest, repo, rpm

__all__ = ["repo"]

pytestmark = pytest.mark.integration

FIRST = [
    rpm("app", "1", "Requires: lib = 1", "Requires: base"),
    rpm("lib", "1"),
    rpm("tool", "1"),
    rpm("base", "1"),
]


@pytest.fixture
def kept(airlock: Airlock, repo: Repo, tmp_path: Path) -> Airlock:
    """A release of which only `tool` was moved, when upstream dropped all old builds but `base`."""
    repo.holds(*FIRST)
    airlock("lock", "-m", manifest(airlock, repo, "app", "tool"))
    fetched(airlock, tmp_path)("fetch", "-m", "release.yaml")
    repo.holds(*SECOND[:3], FIRST[3])
    airlock("lock", "-m", "release.yaml", "--update", "tool")
    return airlock


def fetched(airlock: Airlock, tmp_path: Path) -> Airlock:
    """The same release on a machine that fetched the old builds in time, and locked nothing."""
    return airlock.with_store(tmp_path / "fetched")


def elsewhere(airlock: Airlock, tmp_path: Path) -> Airlock:
    """The same release on a machine that saw nothing of the old builds."""
    return airlock.with_store(tmp_path / "elsewhere")


LIB = [
    "lib-1-1.noarch  from r",
    "  asked for as app in release.yaml: rpms.packages[0]",
    "    app-1-1.noarch requires lib = 1",
    "    → lib-1-1.noarch",
]


def test_what_is_listed_has_its_chain(kept: Airlock) -> None:
    told = kept("why", "-m", "release.yaml", "tool").out
    assert told.splitlines() == ["tool-2-1.noarch  from r", "  asked for as tool in release.yaml: rpms.packages[1]"]


def test_what_stayed_has_its_chain_from_the_metadata_that_listed_it(kept: Airlock) -> None:
    assert kept("why", "-m", "release.yaml", "lib").out.splitlines() == LIB


def test_what_stayed_over_two_updates_has_its_chain(kept: Airlock, repo: Repo) -> None:
    repo.holds(*THIRD[:3], FIRST[3])
    kept("lock", "-m", "release.yaml", "--update", "tool")
    told = kept("why", "-m", "release.yaml", "lib", "tool").out.splitlines()
    assert told == [*LIB, "", "tool-3-1.noarch  from r", "  asked for as tool in release.yaml: rpms.packages[1]"]


def test_of_what_is_listed_no_more_it_is_said_that_its_metadata_is_not_to_be_had(kept: Airlock, tmp_path: Path) -> None:
    told = elsewhere(kept, tmp_path)("why", "-m", "release.yaml", "app", "base").out
    assert told.splitlines() == [
        "app-1-1.noarch  from r",
        "  its metadata is nowhere to be had: repo r does not list it any more,",
        "  and its file is not in the store; what it requires, and provides beside its name, is not known",
        "  asked for as app in release.yaml: rpms.packages[0]",
        "",
        "base-1-1.noarch  from r",
        "  no chain to it is known; it may have come through these, whose metadata is nowhere to be had:",
        "    app-1-1.noarch, lib-1-1.noarch",
    ]


def test_programs_are_told_too(kept: Airlock, tmp_path: Path) -> None:
    found = elsewhere(kept, tmp_path)("why", "-m", "release.yaml", "--json", "app", "base", "tool").json["why"]
    assert [one["packages"][0]["lost"] for one in found] == [
        ["app-1-1.noarch"],
        ["app-1-1.noarch", "lib-1-1.noarch"],
        [],
    ]


def test_a_file_in_the_store_tells_what_no_metadata_does(kept: Airlock, tmp_path: Path) -> None:
    told = fetched(kept, tmp_path)("why", "-m", "release.yaml", "lib", "/usr/share/app/app.txt").out
    assert told.splitlines() == [
        *LIB,
        "",
        "app-1-1.noarch  from r",
        "  asked for as app in release.yaml: rpms.packages[0]",
    ]


def test_what_would_leave_is_told_as_far_as_it_is_known(kept: Airlock, tmp_path: Path) -> None:
    told = elsewhere(kept, tmp_path)("why", "-m", "release.yaml", "--brings", "app").out
    assert "    app-1-1.noarch\n    and what it required, which is not known\n" in told
    found = fetched(kept, tmp_path)("why", "-m", "release.yaml", "--brings", "--json", "app").json["why"]
    assert found[0]["packages"][0]["brings"] == ["app-1-1.noarch", "base-1-1.noarch", "lib-1-1.noarch"]
