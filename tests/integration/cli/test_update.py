"""`lock --update`: what is named moves, with what that forces, and all else stays, whatever became of it upstream."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import Airlock
from tests.standin.fixtures.kept import kept
from tests.standin.fixtures.rpms import Package
from tests.standin.keys import PUBLIC_KEY

pytestmark = [pytest.mark.integration, pytest.mark.long]

UNSIGNED = [{"name": name, "reason": "made for this test"} for name in ("app", "lib", "tool", "base")]


def rpm(name: str, version: str, *relations: str) -> Package:
    return Package(name, version, name, f"/usr/share/{name}/{name}.txt", relations=relations)


FIRST = [rpm("app", "1", "Requires: lib = 1"), rpm("lib", "1"), rpm("tool", "1"), rpm("base", "1")]
SECOND = [rpm("app", "2", "Requires: lib = 2"), rpm("lib", "2"), rpm("tool", "2"), rpm("base", "2")]
THIRD = [rpm("app", "3", "Requires: lib = 3"), rpm("lib", "3"), rpm("tool", "3"), rpm("base", "3")]


class Repo:
    """A folder that is served as a repository, and changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.revision = 1700000000

    def holds(self, *packages: Package, modules: str = "") -> None:
        """These packages and no others, from now on, with what modules.yaml says of them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "Packages").mkdir(parents=True)
        for package in packages:
            shutil.copy(kept(package), self.folder / "Packages")
        self.revision += 1
        words = ["createrepo_c", "--quiet", "--revision", str(self.revision), "--set-timestamp-to-revision"]
        words.append(str(self.folder))
        subprocess.run(words, check=True, capture_output=True)
        if modules:
            described = self.folder.with_name("modules.yaml")
            described.write_text(modules)
            words = ["modifyrepo_c", "--mdtype=modules", str(described), str(self.folder / "repodata")]
            subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def manifest(airlock: Airlock, repo: Repo, *packages: str) -> Path:
    one = {"id": "r", "baseurl": repo.folder.as_uri(), "gpgkey": [str(PUBLIC_KEY)]}
    return airlock.write({"rpms": {"repos": [one], "packages": list(packages), "unsigned": UNSIGNED}, "locks": "."})


def versions(airlock: Airlock) -> dict[str, str]:
    data = yaml.safe_load((airlock.folder / "rpms.lock").read_text())
    return {package["name"]: package["evr"].partition("-")[0] for package in data["arches"][0]["packages"]}


@pytest.fixture
def moved(airlock: Airlock, repo: Repo) -> Airlock:
    """A release that was locked before everything upstream moved; the old builds are still listed."""
    repo.holds(*FIRST)
    airlock("lock", "-m", manifest(airlock, repo, "app", "tool", "base"))
    repo.holds(*FIRST, *SECOND)
    return airlock


def test_what_is_named_moves_alone(moved: Airlock) -> None:
    told = moved("lock", "-m", "release.yaml", "--update", "tool").out
    assert versions(moved) == {"app": "1", "lib": "1", "tool": "2", "base": "1"}
    assert "rpms upgraded: 1" in told


def test_what_it_forces_moves_with_it_and_is_said_to(moved: Airlock) -> None:
    told = moved("lock", "-m", "release.yaml", "--update", "ap?").out
    assert versions(moved) == {"app": "2", "lib": "2", "tool": "1", "base": "1"}
    assert "  forced by app-2-1.noarch:\n    lib.noarch  1-1 → 2-1  app-2-1.noarch requires lib = 2\n" in told
    assert "    app.noarch  1-1 → 2-1\n" in told


def test_a_dependency_that_is_named_stays_where_what_stays_needs_it(moved: Airlock) -> None:
    moved("lock", "-m", "release.yaml", "--update", "lib")
    assert versions(moved) == {"app": "1", "lib": "1", "tool": "1", "base": "1"}


def test_all_named_is_as_locked_anew(moved: Airlock) -> None:
    moved("lock", "-m", "release.yaml", "--update", "*")
    text = (moved.folder / "rpms.lock").read_text()
    moved("lock", "-m", "release.yaml")
    assert (moved.folder / "rpms.lock").read_text() == text
    assert set(versions(moved).values()) == {"2"}


def test_what_vanished_upstream_stays_as_it_is_locked(airlock: Airlock, repo: Repo) -> None:
    repo.holds(*FIRST)
    airlock("lock", "-m", manifest(airlock, repo, "app", "tool"))
    before = (airlock.folder / "rpms.lock").read_text()
    repo.holds(*SECOND)
    airlock("lock", "-m", "release.yaml", "--update", "tool")
    assert versions(airlock) == {"app": "1", "lib": "1", "tool": "2"}
    entry = before[before.index("  - url") : before.index("name: app")]
    assert entry in (airlock.folder / "rpms.lock").read_text()


def test_what_vanished_stays_over_any_number_of_updates(airlock: Airlock, repo: Repo) -> None:
    repo.holds(*FIRST)
    airlock("lock", "-m", manifest(airlock, repo, "app", "tool", "base"))
    repo.holds(*SECOND)
    airlock("lock", "-m", "release.yaml", "--update", "tool")
    repo.holds(*THIRD)
    told = airlock("lock", "-m", "release.yaml", "--update", "base")
    assert versions(airlock) == {"app": "1", "lib": "1", "tool": "2", "base": "3"}
    assert "rpms upgraded: 1" in told.out
    airlock("lock", "-m", "release.yaml", "--update", "app")
    assert versions(airlock) == {"app": "3", "lib": "3", "tool": "2", "base": "3"}


def test_the_lock_names_the_metadata_that_lists_what_stayed_for_as_long_as_it_is_needed(
    airlock: Airlock, repo: Repo
) -> None:
    seen = []
    updates: list[list[str]] = [[], ["--update", "tool"], ["--update", "base"], ["--update", "app"], []]
    for packages, update in zip((FIRST, SECOND, THIRD, THIRD, THIRD), updates, strict=True):
        repo.holds(*packages)
        airlock("lock", "-m", manifest(airlock, repo, "app", "tool", "base"), *update)
        data = yaml.safe_load((airlock.folder / "rpms.lock").read_text())["repos"][0]
        seen.append((data["repomd"], data.get("earlier", [])))
    (first, _), (second, _), *_ = seen
    assert [earlier for _, earlier in seen] == [[], [first], [second, first], [second], []]


def test_a_request_that_upstream_meets_no_more_is_told_with_what_it_is_locked_as(moved: Airlock, repo: Repo) -> None:
    repo.holds(*(one for one in SECOND if one.name != "tool"))
    for words in (("lock",), ("lock", "--check")):
        told = moved(*words, "-m", "release.yaml", expect=3).err
        assert "nothing provides 'tool'\n  why: it is locked as tool-1-1.noarch, which repo r lists no more" in told
        assert "`airlock lock --update GLOB`" in told
    moved("lock", "-m", "release.yaml", "--update", "base")
    assert versions(moved) == {"app": "1", "lib": "1", "tool": "1", "base": "2"}


def test_where_nothing_tells_what_it_needs_it_moves_and_the_reason_is_told(
    airlock: Airlock, repo: Repo, tmp_path: Path
) -> None:
    repo.holds(*FIRST)
    airlock("lock", "-m", manifest(airlock, repo, "app", "tool"))
    repo.holds(*SECOND)
    told = airlock.with_store(tmp_path / "elsewhere")("lock", "-m", "release.yaml", "--update", "tool")
    assert versions(airlock) == {"app": "2", "lib": "2", "tool": "2"}
    assert "app-1-1.noarch cannot stay: repo r does not list it any more" in told.err


def test_new_requests_are_locked_anew_and_what_nobody_needs_goes(moved: Airlock, repo: Repo) -> None:
    manifest(moved, repo, "tool", "lib")
    moved("lock", "-m", "release.yaml", "--update", "tool")
    assert versions(moved) == {"lib": "1", "tool": "2"}


def test_a_check_of_an_update_says_what_it_would_move(moved: Airlock) -> None:
    before = (moved.folder / "rpms.lock").read_text()
    told = moved("lock", "-m", "release.yaml", "--update", "tool", "--check", expect=7).err
    assert "tool.noarch  1-1 → 2-1" in told
    assert "         upstream has newer: repo r, 2" in told
    assert [line for line in told.splitlines() if len(line) > 80] == []
    assert (moved.folder / "rpms.lock").read_text() == before


def test_a_glob_that_names_nothing_is_refused_with_the_nearest(moved: Airlock) -> None:
    told = moved("lock", "-m", "release.yaml", "--update", "tol", "--update", "nothing*", expect=3).err
    assert "'tol' names nothing that is locked" in told
    assert "the nearest: tool" in told
    assert "'nothing*' names nothing" in told


STREAM = """\
---
document: modulemd
version: 2
data:
  {{name: app, stream: "1", version: {version}, context: aaaa1111, arch: x86_64, summary: App, description: App,
    license: {{module: [MIT]}}, dependencies: [{{requires: {{platform: [el8]}}}}],
    artifacts: {{rpms: ["app-0:{build}-1.noarch"]}}}}
---
document: modulemd-defaults
version: 1
data: {{module: app, stream: "1"}}
"""


def test_a_build_of_a_module_stays_with_the_words_on_its_stream(airlock: Airlock, repo: Repo) -> None:
    label = "ModularityLabel: app:1:{}:aaaa1111"
    builds = [rpm("app", str(day), label.format(day)) for day in (1, 2, 3)]
    tools = [FIRST[2], SECOND[2], THIRD[2]]
    written = []
    for day, (build, tool) in enumerate(zip(builds, tools, strict=True), 1):
        repo.holds(build, tool, modules=STREAM.format(version=day, build=day))
        airlock("lock", "-m", manifest(airlock, repo, "app", "tool"), *(["--update", "tool"] if day > 1 else []))
        written.append(yaml.safe_load((airlock.folder / "rpms.lock").read_text())["arches"][0])
        assert versions(airlock) == {"app": "1", "tool": str(day)}
    assert [one["packages"][0]["module"] for one in written] == ["app:1:1:aaaa1111:x86_64"] * 3
    assert [one["module_metadata"] for one in written] == [written[0]["module_metadata"]] * 3
