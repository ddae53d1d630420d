"""`airlock store`: what is in a store is told, and what no lock reaches goes, beside others and after a kill."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from airlock_builder import occupancy
from airlock_core.locks import ReleaseLocks
from airlock_core.notebook import Notebook
from tests.integration.cli.airlock import SECONDS, Airlock
from tests.integration.cli.conftest import ROOT
from tests.integration.cli.test_default_release import LOCKS
from tests.integration.cli.test_machine import asked, wait_until
from tests.standin.upstream import Upstream

pytestmark = [pytest.mark.integration, pytest.mark.long]

DAY = 86400.0


def put(folder: Path, data: bytes) -> Path:
    """A file under its digest."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    return path


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def aged(folder: Path, days: float) -> None:
    """Date all files of a folder back."""
    then = time.time() - days * DAY
    for path in folder.rglob("*"):
        os.utime(path, (then, then), follow_symlinks=False)


def without(kinds: str, folder: Path, at: Path = ROOT) -> Path:
    """The default release's locks, one of them empty."""
    folder.mkdir()
    for name in LOCKS:
        shutil.copy(at / name, folder)
    empty = ReleaseLocks().texts()
    (folder / kinds).write_text(empty[kinds])
    return folder


def test_what_is_in_a_store_is_counted_by_kind(filled: Airlock) -> None:
    put(filled.store / "parts", b"begun")
    told = filled("store", "stat", "--json").json
    blobs = files(filled.store / "blobs")
    assert told["kinds"]["blobs"] == {"files": len(blobs), "bytes": sum(path.stat().st_size for path in blobs)}
    assert told["kinds"]["parts"] == {"files": 1, "bytes": 5}
    assert told["kinds"]["metadata/solv"]["files"] == len(files(filled.store / "metadata/solv")) > 0
    assert told["notes"]["heads"]["count"] == 4
    there = files(filled.store) - {filled.store / occupancy.NAME, filled.store / "locks/blobs"}
    assert told["files"] == len(there)
    assert told["bytes"] == sum(path.stat().st_size for path in there)
    lines = filled("store", "stat").out.splitlines()
    assert lines[0] == str(filled.store)
    assert lines[1].split()[:2] == ["blobs", str(len(blobs))]


def test_where_nothing_was_stored_yet_nothing_is_counted(airlock: Airlock) -> None:
    assert airlock("store", "stat", "--json").json["files"] == 0
    assert not airlock.store.exists()


def test_what_the_locks_reach_stays_so_that_all_goes_on_without_a_network(filled: Airlock, tmp_path: Path) -> None:
    aged(filled.store, 400)
    before = files(filled.store / "blobs")
    told = filled("store", "gc", "--json").json
    assert [one for one in told["removed"] if one["kind"] == "blobs"] == []
    assert files(filled.store / "blobs") == before
    assert "0 fetched" in filled("fetch", "--offline").out
    filled("lock", "--check", "--offline", "--locks", ROOT, expect=None)
    assert "hello" in filled("why", "hello", "--offline").out
    filled("build", "iso", "-o", tmp_path / "again.iso")


def test_a_blob_that_no_lock_names_goes_and_is_shown_before(filled: Airlock) -> None:
    stray = put(filled.store / "blobs/sha256", b"nobody's" * 1000)
    begun = put(filled.store / "parts", b"nobody's beginning")
    shown = filled("store", "gc", "--dry-run").out
    assert f"   7.8 KiB  blobs/sha256/{stray.name}\n" in shown
    assert f"parts/{begun.name}" in shown
    assert "would remove 2 files and 0 notes, 7.8 KiB" in shown
    assert stray.exists()
    assert begun.exists()
    told = filled("store", "gc").out
    assert "removed 2 files and 0 notes, 7.8 KiB" in told
    assert not stray.exists()
    assert not begun.exists()
    assert "removed 0 files and 0 notes" in filled("store", "gc").out


def test_a_package_that_goes_is_told_by_its_name(filled: Airlock, tmp_path: Path) -> None:
    locks = without("rpms.lock", tmp_path / "locks")
    shown = filled("store", "gc", "-n", "--locks", locks).out
    assert "hello-1.1-1.x86_64" in shown
    assert len([line for line in shown.splitlines() if line.endswith((".x86_64", ".noarch"))]) == 4


def test_several_folders_of_locks_keep_what_any_of_them_names(filled: Airlock, tmp_path: Path) -> None:
    rpms, images = (without(kind, tmp_path / kind) for kind in ("images.lock", "rpms.lock"))
    alone = filled("store", "gc", "-n", "--locks", rpms, "--json").json
    assert {one["kind"] for one in alone["removed"]} == {"blobs"}
    assert filled("store", "gc", "--locks", rpms, "--locks", images, "--json").json["removed"] == []


def test_an_image_keeps_the_layers_of_its_locked_platforms(filled: Airlock, tmp_path: Path) -> None:
    locks, before = without("images.lock", tmp_path / "locks"), files(filled.store / "blobs")
    went = {Path(one["path"]).name for one in filled("store", "gc", "--locks", locks, "--json").json["removed"]}
    kept = ReleaseLocks.load(ROOT).images.images
    assert {image.digest.hex for image in kept} <= went
    assert len(went) > 2 * len(kept), "configurations and layers went with them"
    filled("fetch")
    assert files(filled.store / "blobs") == before


def test_a_damaged_manifest_stops_it_before_anything_went(filled: Airlock) -> None:
    stray = put(filled.store / "blobs/sha256", b"nobody's")
    image = ReleaseLocks.load(ROOT).images.images[0]
    (filled.store / "blobs/sha256" / image.digest.hex).write_bytes(b"rot")
    assert "is damaged in the store" in filled("store", "gc", expect=4).err
    assert stray.exists()


def test_without_locks_nothing_goes(filled: Airlock, tmp_path: Path) -> None:
    before = files(filled.store)
    (tmp_path / "empty").mkdir()
    err = filled("store", "gc", "--locks", tmp_path / "empty", expect=3).err
    assert "there is no such lock" in err
    assert files(filled.store) == before


def test_metadata_goes_when_it_is_old_and_no_lock_saw_it(filled: Airlock) -> None:
    metadata = filled.store / "metadata"
    locked = files(metadata / "sha256")
    old = [
        put(metadata / kind, kind.encode())
        for kind in ("sha256", "signatures", "solv", "folders", "taken", "charts", "pip")
    ]
    aged(metadata, 31)
    new = put(metadata / "sha256", b"new")
    told = filled("store", "gc", "--json").json
    assert not any(path.exists() for path in old)
    assert {*locked, new} <= files(metadata / "sha256")
    assert {one["kind"] for one in told["removed"]} >= {"metadata/sha256", "metadata/pip"}
    filled("store", "gc", "--older-than", "0h")
    assert not new.exists()
    assert locked <= files(metadata / "sha256")


def test_a_repository_in_use_keeps_what_it_lists_however_old_that_is(filled: Airlock, tmp_path: Path) -> None:
    locks = without("rpms.lock", tmp_path / "locks")
    aged(filled.store, 31)
    filled("lock", "--dry-run", "hello")
    listed = files(filled.store / "metadata/sha256")
    filled("store", "gc", "--locks", locks)
    assert "hello-1.1-1.x86_64" in filled("lock", "--dry-run", "--offline", "hello").out
    assert len(listed) >= len(files(filled.store / "metadata/sha256")) > 1
    aged(filled.store, 31)
    filled("store", "gc", "--locks", locks)
    assert files(filled.store / "metadata/sha256") == set()
    filled("lock", "--dry-run", "--offline", "hello", expect=5)


def test_notes_of_what_is_locked_stay_and_others_go(filled: Airlock, tmp_path: Path) -> None:
    Notebook(filled.store / "metadata/heads.sqlite").write({f"sha256:{'0' * 64}": b"{}"})
    told = filled("store", "gc", "--older-than", "0h", "--json").json
    assert {name: one["count"] for name, one in told["notes"].items()} == {
        "descriptions": 0,
        "heads": 1,
        "proofs": 0,
        "signed": 0,
    }
    locks = without("rpms.lock", tmp_path / "locks")
    told = filled("store", "gc", "--older-than", "0h", "--locks", locks, "--json").json
    assert told["notes"]["heads"]["count"] == 4
    assert all(one["count"] for one in told["notes"].values())


@pytest.fixture
def outside(filled: Airlock, tmp_path: Path) -> Iterator[Path]:
    """A folder that links in the store lead to."""
    folder = tmp_path / "outside"
    put(folder / "sha256", b"not of the store")
    blobs = filled.store / "blobs"
    (blobs / "sha256" / ("a" * 64)).symlink_to(next(iter(files(folder))))
    (blobs / "sha512").symlink_to(folder / "sha256")
    shutil.rmtree(filled.store / "tmp", ignore_errors=True)
    (filled.store / "tmp").symlink_to(folder)
    shutil.rmtree(filled.store / "metadata/pip", ignore_errors=True)
    (filled.store / "metadata/pip").symlink_to(folder)
    before = files(folder)
    yield folder
    assert files(folder) == before


def test_nothing_behind_a_link_goes_and_nothing_that_is_not_the_stores(filled: Airlock, outside: Path) -> None:
    (filled.store / "notes.txt").write_text("mine")
    (filled.store / "blobs/sha256/README").write_text("mine")
    aged(filled.store, 400)
    aged(outside, 400)
    told = filled("store", "gc", "--older-than", "0h")
    assert f"{filled.store}/notes.txt: not of the store, and left alone" in told.err
    assert (filled.store / "blobs/sha256/README").exists()
    assert (filled.store / "tmp").is_symlink()


def test_while_another_run_is_in_the_store_nothing_goes_and_it_is_named(filled: Airlock, upstream: Upstream) -> None:
    stray = put(filled.store / "blobs/sha256", b"nobody's")
    upstream.faults.stall("*/repomd.xml", after=10, seconds=60)
    with filled.started("lock", "--check") as process:
        wait_until(lambda: any(request.path.endswith("repomd.xml") for request in asked(upstream)))
        process.send_signal(signal.SIGSTOP)  # it is in the store for as long as the others take
        err = filled("store", "gc", expect=10).err
        assert f"the store is in use by process {process.pid}" in err
        assert stray.name in filled("store", "gc", "--dry-run").out
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=SECONDS)
    assert stray.exists()
    filled("store", "gc")
    assert not stray.exists()


def test_a_build_is_in_the_store_and_waits_for_who_tidies_it(filled: Airlock, tmp_path: Path) -> None:
    iso = tmp_path / "medium.iso"
    with ExitStack() as tidying:
        tidying.enter_context(occupancy.alone(filled.store))
        with filled.started("build", "iso", "-o", iso) as process:
            assert process.stderr is not None
            assert "`airlock store gc` is at work there; waiting for it to end" in process.stderr.readline()
            assert not iso.exists()
            tidying.close()
            process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert iso.exists()


def test_a_run_that_was_killed_is_gone_on_with(filled: Airlock) -> None:
    blobs = filled.store / "blobs/sha256"
    before = files(blobs)
    for number in range(5000):
        put(blobs, str(number).encode())
    with filled.started("store", "gc") as process:
        wait_until(lambda: len(files(blobs)) < len(before) + 5000)
        process.kill()
    left = len(files(blobs)) - len(before)
    told = filled("store", "gc", "--json").json
    assert told["files"] == left
    assert files(blobs) == before


def test_an_age_that_is_none_is_refused(airlock: Airlock) -> None:
    err = airlock("store", "gc", "--older-than", "soon", expect=2).err
    assert "'soon' is no age; write it as 12h, 30d or 4w" in err


def test_json_tells_an_error_too(filled: Airlock) -> None:
    with occupancy.present(filled.store):
        told = json.loads(filled("store", "gc", "--json", expect=10).out)
    assert str(os.getpid()) in told["error"]["what"]
