"""What airlock does with repositories that mean it harm: named, refused, bounded, and nothing written elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import HEAD
from tests.integration.hostile import bounded, repository
from tests.integration.hostile.cases import Case
from tests.integration.hostile.corpus import Tally, chosen, soaking
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve
from tests.standin.upstream.upstream import mirror_args
from tests.warm import Ended

pytestmark = [pytest.mark.integration, pytest.mark.long]

HOST = "hostile.test"
REPORT = Path(__file__).parents[3] / "build/soak/hostile.md"


@dataclass(frozen=True)
class Ran:
    """One run of `airlock lock`, most with `--dry-run`, and what it left outside its store."""

    ended: Ended
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
    how = () if case.advisories else ("--dry-run", *case.asks)
    words: list[str | Path] = ["lock", *how, "-m", manifest, *mirror_args({HOST: server.address})]
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work / "tmp")}
    environment["AIRLOCK_STORE"] = str(work / "store")
    ended = bounded.run(words, work, environment)
    own = {"store", "tmp", "release.yaml"}
    left = [
        str(path.relative_to(work)) for path in (*work.iterdir(), *(work / "tmp").iterdir()) if path.name not in own
    ]
    return Ran(ended, left)


def _manifest(case: Case, url: str) -> dict[str, object]:
    place = url if case.source == "baseurl" else f"{url}/list"
    repos = [{"id": "hostile", case.source: place, "gpgkey": [str(PUBLIC_KEY)]}]
    metadata = {"name": "hostile", "version": "1.0", "number": 1}
    rpms = {"repos": repos, "packages": [repository.VICTIM], "advisories": case.advisories}
    return {**HEAD, "metadata": metadata, "rpms": rpms}


def test_the_sound_repository_of_these_tests_is_locked(served: tuple[Path, FaultyServer], tmp_path: Path) -> None:
    sound = Case("sound", lambda folder: repository.write(folder, repository.comps()), "", "")
    ran = run(sound, served, tmp_path)
    assert (ran.ended.status, ran.left) == (0, []), ran.ended.err
    assert "victim-1.0-1.x86_64" in ran.ended.out


@pytest.mark.parametrize("case", chosen(), ids=lambda case: case.name)
def test_is_refused_by_url_and_reason_within_the_limits(
    case: Case, served: tuple[Path, FaultyServer], tally: Tally, tmp_path: Path
) -> None:
    ran = run(case, served, tmp_path)
    ended = ran.ended
    tally.add(case, ended.seconds, ended.peak)
    print(f"{case.name}: exit {ended.status}, {ended.seconds:.2f} s CPU, {ended.peak >> 20} MiB\n{ended.err}")
    assert (ended.status, ran.left) == (case.status, [])
    assert not case.at or f"http://{HOST}/{tmp_path.name}/{case.at}" in ended.err
    assert case.said in ended.err
    assert "Traceback" not in ended.err
    assert ended.peak < bounded.PEAK_BYTES
    assert (f"{repository.VICTIM}-1.0-1.x86_64" in ended.out) == (case.status == 0)
