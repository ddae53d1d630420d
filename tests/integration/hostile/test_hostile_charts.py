"""What airlock does with archives that pass for charts: named, refused, bounded, and nothing written elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import HEAD, PROGRAM
from tests.integration.hostile import charts, limited
from tests.integration.hostile.test_hostile import CPU_SECONDS, FILE_BYTES, PEAK_BYTES, WAIT
from tests.standin.upstream import files
from tests.standin.upstream.server import serve
from tests.standin.upstream.upstream import mirror_args

pytestmark = pytest.mark.integration

HOST = "hostile.test"
CASES = list(charts.cases())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder and the address that serves it as http://hostile.test/."""
    folder = tmp_path_factory.mktemp("hostile")
    with serve(files.source({"": folder})) as server:
        yield folder, server.address


def lock(archive: bytes, served: tuple[Path, str], work: Path) -> tuple[dict[str, float], str, list[str]]:
    """Serve an archive as a chart and lock it under limits: what the run used, said, and left where nothing may be."""
    folder, address = served
    index = {"apiVersion": "v1", "entries": {"victim": [{"name": "victim", "version": "1.0.0", "urls": ["a.tgz"]}]}}
    (folder / "a.tgz").write_bytes(archive)
    (folder / "index.yaml").write_text(yaml.safe_dump(index))
    (work / "tmp").mkdir()
    chart = {"name": "victim", "repository": f"http://{HOST}", "version": "1.0.0"}
    metadata = {"name": "hostile", "version": "1.0", "number": 1}
    (work / "release.yaml").write_text(yaml.safe_dump({**HEAD, "metadata": metadata, "charts": [chart]}))
    wrapper = [sys.executable, "-S", limited.__file__, str(work / "report"), str(CPU_SECONDS), str(FILE_BYTES)]
    command: list[str | Path] = [PROGRAM, "lock", "-m", work / "release.yaml", *mirror_args({HOST: address})]
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work / "tmp")}
    environment["AIRLOCK_STORE"] = str(work / "store")
    done = subprocess.run(
        [*wrapper, *command], cwd=work, env=environment, capture_output=True, text=True, timeout=WAIT, check=True
    )
    own = {"store", "tmp", "release.yaml", "report"}
    left = [path.name for path in (*work.iterdir(), *(work / "tmp").iterdir()) if path.name not in own]
    facts: dict[str, float] = json.loads((work / "report").read_text())
    return facts, done.stderr, left


@pytest.mark.parametrize("name", [name for name, _, _ in CASES])
def test_is_refused_by_url_and_reason_within_the_limits(name: str, served: tuple[Path, str], tmp_path: Path) -> None:
    make, said = next((make, said) for one, make, said in CASES if one == name)
    facts, err, left = lock(make(), served, tmp_path)
    print(f"{name}: {facts['seconds']:.2f} s CPU, {int(facts['peak']) >> 20} MiB\n{err}")
    assert (facts["status"], left) == (4, [])
    assert f"http://{HOST}/a.tgz: " in err
    assert said in err
    assert facts["peak"] < PEAK_BYTES


def test_the_sound_chart_of_these_tests_is_locked(served: tuple[Path, str], tmp_path: Path) -> None:
    facts, err, left = lock(charts.sound(), served, tmp_path)
    assert (facts["status"], left) == (0, ["locks"]), err


def test_there_are_as_many_as_were_promised() -> None:
    assert len(CASES) >= 30
