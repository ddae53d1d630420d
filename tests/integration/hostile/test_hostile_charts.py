"""What airlock does with archives that pass for charts: named, refused, bounded, and nothing written elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import HEAD
from tests.integration.hostile import bounded, charts, kept
from tests.standin.upstream import files
from tests.standin.upstream.server import serve
from tests.standin.upstream.upstream import mirror_args
from tests.warm import Ended

pytestmark = pytest.mark.integration

HOST = "hostile.test"
CASES = list(charts.cases())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder and the address that serves it as http://hostile.test/."""
    folder = tmp_path_factory.mktemp("hostile")
    with serve(files.source({"": folder})) as server:
        yield folder, server.address


def lock(archive: bytes, served: tuple[Path, str], work: Path) -> tuple[Ended, list[str]]:
    """Serve an archive as a chart and lock it under limits: the run, and what it left where nothing may be."""
    folder, address = served
    index = {"apiVersion": "v1", "entries": {"victim": [{"name": "victim", "version": "1.0.0", "urls": ["a.tgz"]}]}}
    (folder / "a.tgz").write_bytes(archive)
    (folder / "index.yaml").write_text(yaml.safe_dump(index))
    (work / "tmp").mkdir()
    chart = {"name": "victim", "repository": f"http://{HOST}", "version": "1.0.0"}
    metadata = {"name": "hostile", "version": "1.0", "number": 1}
    (work / "release.yaml").write_text(yaml.safe_dump({**HEAD, "metadata": metadata, "charts": [chart]}))
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work / "tmp")}
    environment["AIRLOCK_STORE"] = str(work / "store")
    words: list[str | Path] = ["lock", "-m", work / "release.yaml", *mirror_args({HOST: address})]
    ended = bounded.run(words, work, environment)
    own = {"store", "tmp", "release.yaml"}
    return ended, [path.name for path in (*work.iterdir(), *(work / "tmp").iterdir()) if path.name not in own]


@pytest.mark.parametrize("name", [name for name, _, _ in CASES])
def test_is_refused_by_url_and_reason_within_the_limits(name: str, served: tuple[Path, str], tmp_path: Path) -> None:
    make, said = next((make, said) for one, make, said in CASES if one == name)
    ended, left = lock(kept.made(name, make, charts), served, tmp_path)
    print(f"{name}: {ended.seconds:.2f} s CPU, {ended.peak >> 20} MiB\n{ended.err}")
    assert (ended.status, left) == (4, [])
    assert f"http://{HOST}/a.tgz: " in ended.err
    assert said in ended.err
    assert ended.peak < bounded.PEAK_BYTES


def test_the_sound_chart_of_these_tests_is_locked(served: tuple[Path, str], tmp_path: Path) -> None:
    ended, left = lock(charts.sound(), served, tmp_path)
    assert (ended.status, left) == (0, ["locks"]), ended.err


def test_there_are_as_many_as_were_promised() -> None:
    assert len(CASES) >= 30
