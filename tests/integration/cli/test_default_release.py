"""The default release by the real program, from its committed locks to a verified medium."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock_core import proc
from tests.integration.cli.airlock import Airlock
from tests.integration.cli.conftest import ROOT, Whole
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import Upstream
from tests.standin.upstream.upstream import REGISTRY_HOST

pytestmark = [pytest.mark.integration, pytest.mark.long]

LOCKS = ("rpms.lock", "images.lock", "charts.lock", "files.lock")
SMALL_REPO = {"id": "small", "baseurl": "http://standin.test/small/rpms", "gpgkey": [str(PUBLIC_KEY)]}
ONE_OF_EACH: dict[str, Any] = {
    "rpms": {"repos": [SMALL_REPO], "packages": ["hello-data"]},
    "images": {"refs": [f"{REGISTRY_HOST}/demo/tool:1.0"], "insecure": [REGISTRY_HOST]},
    "charts": [{"name": "pebble-web", "repository": "http://standin.test/small/charts", "version": "0.1.0"}],
    "files": {"urls": [{"url": "http://standin.test/small/files/notes.txt"}]},
    "locks": ".",
}


def test_the_committed_locks_are_up_to_date(whole: Whole) -> None:
    assert whole.told["lock"] == ".: up to date\n"


def test_the_whole_way_ends_in_a_medium_that_verifies(whole: Whole, at_root: Airlock) -> None:
    told = at_root("verify", whole.iso, "--json").json
    assert (told["name"], told["files"], told["whole"]) == ("default", 26, True)


def test_the_medium_says_what_it_carries(whole: Whole, at_root: Airlock) -> None:
    text = at_root("inspect", whole.iso).out
    assert "for rocky 8.10 x86_64: 4 rpms, 3 images, 2 charts, 2 files, 1 wheel" in text
    assert "hello-1.1-1.x86_64" in text


def test_locking_twice_writes_the_same_locks_and_then_nothing(at_root: Airlock, tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    first = at_root("lock", "--locks", folder)
    assert "wrote rpms.lock, images.lock, charts.lock, files.lock" in first.out
    assert [(folder / name).read_bytes() for name in LOCKS] == [(ROOT / name).read_bytes() for name in LOCKS]
    before = [(folder / name).stat().st_mtime_ns for name in LOCKS]
    assert "nothing changed" in at_root("lock", "--locks", folder).out
    assert [(folder / name).stat().st_mtime_ns for name in LOCKS] == before


def test_all_of_it_is_locked_again_without_a_network_and_how_old_it_is_is_told(
    airlock: Airlock, at_root: Airlock, tmp_path: Path
) -> None:
    at_root("lock", "--locks", tmp_path / "first")
    away = replace(at_root, mirrors=())
    told = away("lock", "--offline", "--locks", tmp_path / "again").err
    assert [(tmp_path / "again" / name).read_bytes() for name in LOCKS] == [
        (ROOT / name).read_bytes() for name in LOCKS
    ]
    assert "offline: taken as last seen: http://standin.test/small/charts/index.yaml just now" in told
    assert "offline: taken as last seen: http://standin.test/small/pypi/simple just now" in told


@pytest.mark.parametrize("gone", LOCKS)
def test_one_lock_that_is_gone_is_told_by_a_check_and_written_again(airlock: Airlock, gone: str) -> None:
    airlock.write(ONE_OF_EACH)
    airlock("lock", "-m", "release.yaml")
    lost = airlock.folder / gone
    before = lost.read_text()
    lost.unlink()
    checked = airlock("lock", "--check", "-m", "release.yaml", expect=7).err
    assert f"  why: there is no {gone}\n" in checked
    assert f"there was no {gone}:" in checked
    told = airlock("lock", "-m", "release.yaml", "--json").json
    assert (told["written"], told["missing"]) == ([gone], [gone])
    assert lost.read_text() == before


def test_a_dry_run_prints_packages_and_writes_nothing(at_root: Airlock, tmp_path: Path) -> None:
    told = at_root("lock", "--dry-run", "--json", "--locks", tmp_path / "locks", "tally").json
    assert [package["nevra"] for package in told["packages"]] == ["hello-data-1.1-1.noarch", "tally-0.3-1.noarch"]
    assert not (tmp_path / "locks").exists()


def test_a_moved_tag_makes_the_lock_out_of_date_and_is_named(airlock: Airlock, upstream: Upstream) -> None:
    retag(upstream, "demo/web:1.0", "moving/tag:1.0")
    refs = ["registry.standin.test/moving/tag:1.0"]
    path = airlock.write({"images": {"refs": refs, "insecure": ["registry.standin.test"]}})
    airlock("lock", "-m", path)
    assert "up to date" in airlock("lock", "--check", "-m", path).out
    retag(upstream, "demo/api:1.0", "moving/tag:1.0")
    checked = airlock("lock", "--check", "-m", path, expect=7)
    assert "images other bytes under the same name: 1" in checked.err
    assert "registry.standin.test/moving/tag  1.0 " in checked.err
    assert "run `airlock lock`" in checked.err


def test_a_replaced_package_makes_the_lock_out_of_date_and_is_named(at_root: Airlock, tmp_path: Path) -> None:
    for name in LOCKS:
        shutil.copy(ROOT / name, tmp_path)
    text = (tmp_path / "rpms.lock").read_text()
    assert "1.1-1" in text
    (tmp_path / "rpms.lock").write_text(text.replace("1.1-1", "1.0-1"))
    checked = at_root("lock", "--check", "--locks", tmp_path, expect=7)
    assert "hello.x86_64       1.0-1 → 1.1-1" in checked.err
    assert "1.1-1" in checked.err
    assert (tmp_path / "rpms.lock").read_text().count("1.0-1") > 1, "--check writes nothing"


def retag(upstream: Upstream, source: str, target: str) -> None:
    """Give an image of the stand-in's registry another name there."""
    names = [f"docker://{upstream.registry}/{name}" for name in (source, target)]
    tls = ("--src-tls-verify=false", "--dest-tls-verify=false")
    proc.run(["skopeo", "copy", "-q", "--all", "--preserve-digests", *tls, *names], timeout=60)


def test_the_plan_says_what_fetch_then_brings(at_root: Airlock, upstream: Upstream) -> None:
    before = at_root("plan", "--json", "--limit-rate", "10K").json
    assert not upstream.requests
    assert before["seconds"] == -(-before["fetch"] // 10240)
    fetched = at_root("fetch", "--json").json
    assert before["at_most"]
    assert before["fetch"] >= fetched["new_bytes"], "two images share a layer"
    after = at_root("plan", "--json").json
    assert (after["fetch"], after["hosts"], after["space"][0]["needed"]) == (0, [], 0)
    assert (after["at_most"], after["size"]) == (False, fetched["bytes"])
