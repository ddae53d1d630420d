"""Packages kept in libsolv's own format between runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import pytest
import solv

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.lock.rpms.metadata import division
from airlock_builder.lock.rpms.metadata.derived import SolvFiles
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.digest import Digest
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo

FILELISTS = f"""<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="1">
<package pkgid="{"dd" * 32}" name="d" arch="x86_64"><version epoch="0" ver="1" rel="1"/><file>/opt/tool</file></package>
</filelists>"""
SOURCES = [Digest.sha256(b"primary")]
Solve = Callable[..., list[str]]


@pytest.fixture
def solve(tmp_path: Path) -> Solve:
    def solved(repos: list[Repo], *packages: str) -> list[str]:
        rpms = Rpms(repos=tuple(repos), packages=packages)
        cache = tmp_path / "cache"
        with HttpClient() as http:
            found = closed_set([(None, rpms)], Platform(os="rocky", release="9"), reached(http, cache, rpms), cache)
        return [str(nevra) for nevra, _ in found]

    return solved


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is parsed as XML, in order; the parsing itself is left as it is."""
    found: list[str] = []
    for name in ("read_primary", "read_filelists"):
        original = getattr(Universe, name)

        def spied(self: Universe, *given: object, original: Callable[..., None] = original) -> None:
            found.append(original.__name__)
            original(self, *given)

        monkeypatch.setattr(Universe, name, spied)
    return found


@pytest.fixture
def made(tmp_path: Path) -> Repo:
    return repo(
        tmp_path / "r",
        Made("a-1-1.x86_64", requires=("b",)),
        Made("b-2-1.noarch", provides=("virtual = 3",)),
        Made("c-1-1.x86_64", requires=("/opt/tool",)),
        Made("d-1-1.x86_64", checksum="dd" * 32),
        filelists=FILELISTS,
    )


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "solv").iterdir())


def test_a_second_run_parses_no_xml_and_finds_the_same(solve: Solve, made: Repo, parses: list[str]) -> None:
    first = solve([made], "a", "virtual >= 3")
    assert parses == ["read_primary"]
    assert solve([made], "a", "virtual >= 3") == first
    assert parses == ["read_primary"]


def test_paths_are_kept_too(solve: Solve, made: Repo, parses: list[str]) -> None:
    assert solve([made], "c") == ["c-1-1.x86_64", "d-1-1.x86_64"]
    assert parses == ["read_primary", "read_filelists"], "primary, and only then filelists"
    assert solve([made], "c") == ["c-1-1.x86_64", "d-1-1.x86_64"]
    assert len(parses) == 2


def test_paths_that_nobody_required_when_packages_were_kept_are_found_later(
    solve: Solve, tmp_path: Path, parses: list[str]
) -> None:
    tools = repo(tmp_path / "tools", Made("t-1-1.noarch", files=("/usr/bin/t",)), Made("u-1-1.noarch"))
    users = repo(tmp_path / "users", Made("v-1-1.noarch", requires=("/usr/bin/t",)))
    assert solve([tools], "u") == ["u-1-1.noarch"]
    assert solve([tools, users], "v") == ["t-1-1.noarch", "v-1-1.noarch"]
    assert solve([tools, users], "v") == ["t-1-1.noarch", "v-1-1.noarch"]
    assert parses == ["read_primary"] * 2, "each repository once"


@pytest.mark.parametrize("large", [0, 1 << 20])
def test_which_paths_were_searched_for_is_kept_with_packages(
    solve: Solve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(division, "LARGE", large)
    made = repo(
        tmp_path / "r",
        Made("t-1-1.noarch", files=("/usr/bin/t",)),
        *(Made(f"v{number}-1-1.noarch", requires=("/usr/bin/t",)) for number in range(9)),
    )
    assert solve([made], "v1") == ["t-1-1.noarch", "v1-1-1.noarch"]
    universe = Universe("x86_64")
    universe.add(made, "where")
    (path,) = kept(tmp_path)
    assert universe.restore(made.id, path)
    noted = universe.repos[made.id].first_repodata().lookup_idarray(solv.SOLVID_META, solv.REPOSITORY_ADDEDFILEPROVIDES)
    assert [universe.pool.id2str(number) for number in noted] == ["/usr/bin/t"]


def test_a_damaged_file_is_found_and_made_anew(solve: Solve, made: Repo, parses: list[str], tmp_path: Path) -> None:
    first = solve([made], "a")
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    for damage in (whole[:-1], bytes([*whole[:40], whole[40] ^ 1, *whole[41:]]), b""):
        path.write_bytes(damage)
        parses.clear()
        assert solve([made], "a") == first
        assert parses == ["read_primary"]
        assert path.read_bytes() == whole


def test_changed_metadata_is_parsed_anew(solve: Solve, made: Repo, tmp_path: Path, parses: list[str]) -> None:
    assert solve([made], "b") == ["b-2-1.noarch"]
    shutil.rmtree(tmp_path / "r")
    newer = repo(tmp_path / "r", Made("b-3-1.noarch"))
    assert solve([newer], "b") == ["b-3-1.noarch"]
    assert parses == ["read_primary", "read_primary"]


def test_files_of_another_build_of_libsolv_are_not_read(tmp_path: Path) -> None:
    engines = [tmp_path / "old.so", tmp_path / "new.so"]
    for engine in engines:
        engine.write_text(engine.name)
    old, new = (SolvFiles(tmp_path / "solv", engine) for engine in engines)
    old.keep(SOURCES, lambda path: _write(path, b"old"))
    assert new.find(SOURCES) is None
    new.keep(SOURCES, lambda path: _write(path, b"new"))
    found = [files.find(SOURCES) for files in (old, new)]
    assert [path.read_bytes() for path in found if path] == [b"old", b"new"]


def test_runs_at_once_keep_whole_files(solve: Solve, made: Repo, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: solve([made], "a"), range(8)))
    assert found == [["a-1-1.x86_64", "b-2-1.noarch"]] * 8
    assert [path.suffix for path in kept(tmp_path)] == [".solv"]
    assert kept(tmp_path)[0].name.endswith(
        f"{blake2b(kept(tmp_path)[0].read_bytes(), digest_size=32).hexdigest()}.solv"
    )


def test_a_file_that_could_not_be_written_is_not_kept(tmp_path: Path) -> None:
    files = SolvFiles(tmp_path / "solv")
    with pytest.raises(KeyError):
        files.keep(SOURCES, lambda path: _fail(path))
    assert list((tmp_path / "solv").iterdir()) == []
    assert files.find(SOURCES) is None


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _fail(path: Path) -> None:
    path.write_bytes(b"half")
    raise KeyError
