"""A repository of charts that changes, and the program that finds it and the stand-in's registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin.upstream import Upstream, files
from tests.standin.upstream.server import serve
from tests.standin.upstream.upstream import mirror_args

HOST = "charts.test"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """A folder that is served as http://charts.test/."""
    folder = tmp_path / "served"
    folder.mkdir()
    with serve(files.source({"": folder})) as server:
        (tmp_path / "address").write_text(server.address)
        yield folder


@pytest.fixture
def airlock(served: Path, upstream: Upstream, tmp_path: Path) -> Airlock:
    """The program in an empty folder with an empty store."""
    work = tmp_path / "work"
    work.mkdir()
    mirrors = {**upstream.mirrors, HOST: (tmp_path / "address").read_text()}
    return Airlock(work, tmp_path / "store", tuple(mirror_args(mirrors)))
