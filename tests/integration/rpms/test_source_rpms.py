"""`rpms.sources`: source RPMs locked, fetched, carried, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import sourcerpms
from tests.integration.cli.airlock import Airlock
from tests.integration.rpms.conftest import ROOT
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY
from tests.standin.run import run

pytestmark = pytest.mark.integration

SMALL = ROOT / "tests/standin/fixtures/small/rpms"


@pytest.fixture
def airlock(tmp_path: Path) -> Airlock:
    work = tmp_path / "work"
    work.mkdir()
    return Airlock(work, tmp_path / "store")


def repo(identity: str, folder: Path) -> dict[str, Any]:
    return {"id": identity, "baseurl": folder.as_uri(), "gpgkey": [str(PUBLIC_KEY)]}


def locked(airlock: Airlock, path: Path) -> Any:
    return yaml.safe_load((airlock.folder / "locks" / path.stem / "rpms.lock").read_text())["arches"][0]


def test_they_are_locked_fetched_carried_on_the_medium_and_counted(airlock: Airlock, tmp_path: Path) -> None:
    sources = sourcerpms.repository(tmp_path / "sources", ["hello", "hello-data", "greeter", "tally"])
    rpms = {
        "repos": [repo("small", SMALL), repo("small-source", sources)],
        "packages": ["greeter"],
        "modules": {"enable": ["greeter:2"]},
        "sources": True,
    }
    path = airlock.write({"rpms": rpms})
    assert "unknown until" in airlock("plan", "-m", path).out
    airlock("lock", "-m", path)
    arch = locked(airlock, path)
    found = {entry["name"]: entry for entry in arch["source"]}
    assert list(found) == ["greeter", "hello", "hello-data", "tally"]
    file = sources / "hello-1.1-1.src.rpm"
    assert found["hello"] == {
        "url": file.as_uri(),
        "repoid": "small-source",
        "size": file.stat().st_size,
        "checksum": f"sha256:{run('sha256sum', file).split()[0]}",
        "name": "hello",
        "evr": "1.1-1",
        "signer": FINGERPRINT,
    }
    assert found["greeter"]["module"].startswith("greeter:2:")
    assert "up to date" in airlock("lock", "--check", "-m", path).out
    plan = {row["kind"]: row for row in airlock("plan", "--json", "-m", path).json["content"]}
    assert plan["sources"]["locked"] == 4
    assert plan["sources"]["size"] == sum(entry["size"] for entry in arch["source"])

    airlock("fetch", "-m", path)
    airlock("build", "iso", "-m", path, "-o", "r.iso")
    airlock("verify", "r.iso")
    told = airlock("inspect", "--json", "r.iso").json
    assert told["counts"] == {"rpms": 4, "sources": 4}
    assert told["sources"] == ["greeter-2.0-1.src", "hello-1.1-1.src", "hello-data-1.1-1.src", "tally-0.3-1.src"]
    assert told["signers"] == [f"{FINGERPRINT}: 8 packages"]
    _assert_dnf_finds_them(airlock.folder / "r.iso", tmp_path / "medium")


def _assert_dnf_finds_them(iso: Path, medium: Path) -> None:
    run("osirrox", "-no_rc", "-indev", iso, "-extract", "/", medium)
    assert "Source/Packages/h/hello-1.1-1.src.rpm" in (medium / "release/MANIFEST").read_text()
    repos = [f"--repofrompath=medium,{medium.as_uri()}/BaseOS", f"--repofrompath=source,{medium.as_uri()}/Source"]
    only = ("--repoid=medium", "--repoid=source", f"--installroot={medium}-root", "--forcearch=x86_64")
    found = run("dnf", "-q", *repos, *only, "--releasever=8", "repoquery", "--arch=src", "--available")
    assert found.split() == [
        f"{name}.src" for name in ("greeter-0:2.0-1", "hello-0:1.1-1", "hello-data-0:1.1-1", "tally-0:0.3-1")
    ]


def test_the_sources_of_an_option_are_left_out_with_it(airlock: Airlock, tmp_path: Path) -> None:
    sources = sourcerpms.repository(tmp_path / "sources", ["hello-data", "tally"])
    path = airlock.write(
        {
            "rpms": {"repos": [repo("small", SMALL), repo("small-source", sources)], "packages": ["hello-data"]},
            "options": {"counting": {"rpms": {"packages": ["tally"], "sources": True}}},
        }
    )
    airlock("lock", "-m", path)
    assert [(entry["name"], entry["options"]) for entry in locked(airlock, path)["source"]] == [("tally", ["counting"])]
    airlock("fetch", "-m", path)
    airlock("build", "iso", "-m", path, "-o", "with.iso")
    airlock("build", "iso", "-m", path, "-o", "without.iso", "--without", "counting")
    assert airlock("inspect", "--json", "with.iso").json["counts"] == {"rpms": 2, "sources": 1}
    assert airlock("inspect", "--json", "without.iso").json["counts"] == {"rpms": 1}


def test_what_is_missing_or_unsigned_is_refused(airlock: Airlock, tmp_path: Path) -> None:
    sources = sourcerpms.repository(tmp_path / "sources", ["hello-data"], signed=False)
    rpms = {"repos": [repo("small", SMALL)], "packages": ["tally"], "sources": True}
    told = airlock("lock", "-m", airlock.write({"rpms": rpms}, "missing.yaml"), expect=3).err
    assert "2 source RPMs are in no repository of the manifest" in told
    assert "hello-data-1.1-1.src.rpm (of hello-data-1.1-1.noarch from repo small)" in told
    rpms["repos"].append(repo("small-source", sources))  # type: ignore[attr-defined]
    rpms["packages"] = ["hello-data"]
    told = airlock("lock", "-m", airlock.write({"rpms": rpms}, "unsigned.yaml"), expect=4).err
    assert "hello-data-1.1-1.src from repo small-source" in told
    assert "it is not signed" in told


def test_an_excuse_is_kept_in_the_lock_and_noted_when_it_is_idle(airlock: Airlock) -> None:
    rpms: dict[str, Any] = {"repos": [repo("small", SMALL)], "packages": ["hello-data"], "sources": True}
    rpms["no_source"] = [{"name": "hello-*", "reason": "ours to keep"}, {"name": "gone", "reason": "once it was"}]
    path = airlock.write({"rpms": rpms})
    told = airlock("lock", "-m", path).err
    assert "rpms.no_source: gone excuses no package" in told
    (package,) = locked(airlock, path)["packages"]
    assert package["no_source"] == "ours to keep"


def test_an_excuse_for_everything_is_refused(airlock: Airlock) -> None:
    rpms = {"repos": [repo("small", SMALL)], "unsigned": [{"name": "*", "reason": "why not"}]}
    told = airlock("lint", "-m", airlock.write({"rpms": rpms}), expect=3).err
    assert "rpms.unsigned[0].name" in told
