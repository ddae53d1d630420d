"""What airlock does with repositories that mean it harm: named, refused, bounded, and nothing written elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import HEAD, PROGRAM
from tests.integration.hostile import limited, repository
from tests.integration.hostile.cases import Case
from tests.integration.hostile.corpus import Tally, chosen, soaking
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve
from tests.standin.upstream.upstream import mirror_args

pytestmark = pytest.mark.integration

HOST = "hostile.test"
CPU_SECONDS = 5
PEAK_BYTES = 256 << 20
FILE_BYTES = 512 << 20
WAIT = 120.0
REPORT = Path(__file__).parents[3] / "build/soak/hostile.md"


@dataclass(frozen=True)
class Ran:
    """One run of `airlock lock`, most with `--dry-run`: what it said and used, and what it left outside its store."""

    status: int
    out: str
    err: str
    seconds: float
    peak: int
    left: list[str]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, FaultyServer]]:
    """A folder and the server that serves it as http://hostile.test/."""
    folder = tmp_path_factory.mktemp("hostile")
    with serve(files.source({"": folder})) as server:
        yield folder, server


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """What the cases used; at the end of a soak a table in build/soak/hostile.md."""
    found = Tally()
    yield found
    if soaking():
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(found.table() + "\n")


def run(case: Case, served: tuple[Path, FaultyServer], work: Path) -> Ran:
    """Serve a case and lock from it, under limits, in a folder of its own."""
    folder, server = served
    name = work.name
    case.make(folder / name)
    server.faults.clear()
    if case.fault:
        case.fault(server.faults, f"/{name}")
    (work / "tmp").mkdir()
    manifest = work / "release.yaml"
    manifest.write_text(yaml.safe_dump(_manifest(case, f"http://{HOST}/{name}")))
    command: list[str | Path] = [
        PROGRAM,
        "lock",
        *(() if case.advisories else ("--dry-run", *case.asks)),
        "-m",
        manifest,
        *mirror_args({HOST: server.address}),
    ]
    wrapper = [sys.executable, "-S", limited.__file__, str(work / "report"), str(CPU_SECONDS), str(FILE_BYTES)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work / "tmp")}
    environment["AIRLOCK_STORE"] = str(work / "store")
    done = subprocess.run(
        [*wrapper, *command], cwd=work, env=environment, capture_output=True, text=True, timeout=WAIT, check=True
    )
    facts = json.loads((work / "report").read_text())
    own = {"store", "tmp", "release.yaml", "report"}
    left = [
        str(path.relative_to(work)) for path in (*work.iterdir(), *(work / "tmp").iterdir()) if path.name not in own
    ]
    return Ran(facts["status"], done.stdout, done.stderr, facts["seconds"], facts["peak"], left)


def _manifest(case: Case, url: str) -> dict[str, object]:
    place = url if case.source == "baseurl" else f"{url}/list"
    repos = [{"id": "hostile", case.source: place, "gpgkey": [str(PUBLIC_KEY)]}]
    metadata = {"name": "hostile", "version": "1.0", "number": 1}
    rpms = {"repos": repos, "packages": [repository.VICTIM], "advisories": case.advisories}
    return {**HEAD, "metadata": metadata, "rpms": rpms}


def test_the_sound_repository_of_these_tests_is_locked(served: tuple[Path, FaultyServer], tmp_path: Path) -> None:
    sound = Case("sound", lambda folder: repository.write(folder, repository.comps()), "", "")
    ran = run(sound, served, tmp_path)
    assert (ran.status, ran.left) == (0, []), ran.err
    assert "victim-1.0-1.x86_64" in ran.out


@pytest.mark.parametrize("case", chosen(), ids=lambda case: case.name)
def test_is_refused_by_url_and_reason_within_the_limits(
    case: Case, served: tuple[Path, FaultyServer], tally: Tally, tmp_path: Path
) -> None:
    ran = run(case, served, tmp_path)
    tally.add(case, ran.seconds, ran.peak)
    print(f"{case.name}: exit {ran.status}, {ran.seconds:.2f} s CPU, {ran.peak >> 20} MiB\n{ran.err}")
    assert (ran.status, ran.left) == (case.status, [])
    assert not case.at or f"http://{HOST}/{tmp_path.name}/{case.at}" in ran.err
    assert case.said in ran.err
    assert "Traceback" not in ran.err
    assert ran.peak < PEAK_BYTES
    assert (f"{repository.VICTIM}-1.0-1.x86_64" in ran.out) == (case.status == 0)
