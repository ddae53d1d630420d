"""A deployer with small steps."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.steps.bench import SECONDS, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A deployer, a site, and no process of its runs afterwards."""
    made = Bench(tmp_path).make()
    yield made
    made.end_processes()


@dataclass(frozen=True)
class Whole:
    """A deployer whose steps have all been run by one ``install`` that nothing disturbed, and a copy of it.

    Args:
        told: what it printed.
        seconds: how long it took.
        state: what the steps left.
    """

    bench: Bench
    copy: Path
    told: str
    seconds: float
    state: dict[str, str]

    def restored(self) -> Bench:
        """The deployer as that run left it, whatever was done to it since: all of it names its own folder."""
        shutil.rmtree(self.bench.folder)
        shutil.copytree(self.copy, self.bench.folder, symlinks=True)
        return self.bench


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The run from which tests go on."""
    bench = Bench(tmp_path_factory.mktemp("whole") / "bench").make()
    began = time.monotonic()
    with bench.started("install") as process:
        told, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, f"{told}\n{err}"
    seconds, copy = time.monotonic() - began, bench.folder.with_name("copy")
    shutil.copytree(bench.folder, copy, symlinks=True)
    return Whole(bench, copy, told, seconds, bench.state())


@pytest.fixture
def installed(whole: Whole) -> Iterator[Bench]:
    """A deployer whose steps are done, and no process of its runs afterwards."""
    made = whole.restored()
    yield made
    made.end_processes()
