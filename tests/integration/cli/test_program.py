"""The installed program, started as a person starts it: each command and exit code, beside the runs that tests fork."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from airlock_builder import occupancy
from tests.integration.cli.airlock import Airlock, Ran
from tests.integration.cli.conftest import ROOT, Whole
from tests.integration.cli.test_default_release import LOCKS

pytestmark = [pytest.mark.integration, pytest.mark.long]

PASSING = re.compile(r"[\d.]+ (?:s\b|[KM]iB/s)|\"seconds\": [\d.]+")
"""What two runs tell differently: how long they took."""


def told(ran: Ran) -> tuple[int, str, list[str]]:
    """All that a run left, but for what passes; what is fetched side by side ends in any order."""
    return ran.status, PASSING.sub("…", ran.out), sorted(PASSING.sub("…", ran.err).splitlines())


def alike(airlock: Airlock, *arguments: str | Path, expect: int = 0) -> Ran:
    """Start the program, run the same forked, and hold what they told against each other."""
    started = airlock.program(*arguments, expect=expect)
    assert told(airlock(*arguments, expect=expect)) == told(started)
    return started


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("schema",),
        ("lint",),
        ("plan",),
        ("lock", "--check"),
        ("lock", "--dry-run", "tally"),
        ("why", "hello"),
        ("fetch", "--offline", "--json"),
        ("store", "stat"),
        ("store", "gc", "--dry-run"),
        ("inspect", "rpms.lock"),
        ("diff", ".", "."),
    ],
    ids=" ".join,
)
def test_a_command_that_does_well(filled: Airlock, words: tuple[str, ...]) -> None:
    assert alike(filled, *words).out


def test_a_medium_is_built_verified_and_inspected(filled: Airlock, tmp_path: Path) -> None:
    iso = tmp_path / "default.iso"
    alike(filled, "build", "iso", "-o", iso)
    assert "all as MANIFEST says" in alike(filled, "verify", iso).out
    assert "hello" in alike(filled, "inspect", iso).out


def test_wrong_use_is_2(airlock: Airlock) -> None:
    assert "No such option" in alike(airlock, "fetch", "--nope", expect=2).err


def test_bad_input_is_3(airlock: Airlock) -> None:
    airlock.write({"fils": {}}, "bad.yaml")
    assert "bad.yaml: fils: " in alike(airlock, "lint", "-m", "bad.yaml", expect=3).err


def test_bytes_that_are_not_what_they_should_be_are_4(airlock: Airlock) -> None:
    (airlock.folder / "some.iso").write_text("no image at all")
    assert "not an ISO 9660 image" in alike(airlock, "verify", "some.iso", expect=4).err


def test_an_upstream_that_does_not_answer_is_5(at_root: Airlock) -> None:
    assert "--offline" in alike(at_root, "fetch", "--offline", expect=5).err


def test_a_machine_that_does_not_serve_is_6(filled: Airlock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written" in alike(filled, "build", "iso", "-o", tmp_path / "file/x.iso", expect=6).err


def test_a_lock_out_of_date_is_7(at_root: Airlock, tmp_path: Path) -> None:
    for name in LOCKS[1:]:
        shutil.copy(ROOT / name, tmp_path)
    assert "there is no rpms.lock" in alike(at_root, "lock", "--check", "--locks", tmp_path, expect=7).err


def test_a_store_that_another_run_is_in_is_10(filled: Airlock) -> None:
    with occupancy.present(filled.store):
        assert f"process {os.getpid()}" in alike(filled, "store", "gc", expect=10).err


def test_differences_are_1_where_that_is_asked_for(whole: Whole, at_root: Airlock, tmp_path: Path) -> None:
    for name in LOCKS:
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "files.lock").write_text((ROOT / "files.lock").read_text().replace("blob.bin", "blot.bin"))
    assert "blot" in alike(at_root, "diff", ROOT, tmp_path, "--exit-code", expect=1).out
