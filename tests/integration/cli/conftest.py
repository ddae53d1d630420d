"""The default release, locked, fetched and built once by the real program; and a fresh place for each test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin.upstream import Upstream

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Whole:
    """The default release, carried all the way.

    Args:
        store: holds all that is locked.
        iso: the medium.
        told: what lock, fetch and build printed, by command.
    """

    store: Path
    iso: Path
    told: dict[str, str]


@pytest.fixture(scope="session")
def whole(running_upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """``lock --check``, ``fetch`` and ``build iso`` of the default release, as a person runs them at the root."""
    folder = tmp_path_factory.mktemp("whole")
    airlock = Airlock(ROOT, folder / "store", tuple(running_upstream.mirror_args))
    iso = folder / "default.iso"
    told = {
        "lock": airlock("lock", "--check").out,
        "fetch": airlock("fetch").out,
        "build": airlock("build", "iso", "-o", iso).out,
    }
    return Whole(folder / "store", iso, told)


@pytest.fixture
def airlock(upstream: Upstream, tmp_path: Path) -> Airlock:
    """The program in an empty folder with an empty store, finding the stand-in."""
    work = tmp_path / "work"
    work.mkdir()
    return Airlock(work, tmp_path / "store", tuple(upstream.mirror_args))


@pytest.fixture
def at_root(airlock: Airlock) -> Airlock:
    """The program at the repository's root, with an empty store."""
    return Airlock(ROOT, airlock.store, airlock.mirrors)


@pytest.fixture
def filled(whole: Whole, at_root: Airlock) -> Airlock:
    """The program at the repository's root, with a store of its own that holds the default release."""
    shutil.copytree(whole.store, at_root.store)
    return at_root
