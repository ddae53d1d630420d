"""Plain folders of RPMs, as vendors ship them: locked from their files or their repodata, and fetched by digest."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.cli.conftest import ROOT
from tests.rpmcraft import without_payload_digest
from tests.standin.keys import PUBLIC_KEY

pytestmark = pytest.mark.integration

PACKAGES = ROOT / "tests/standin/fixtures/small/rpms/Packages"
HELLO, DATA = "hello-1.1-1.x86_64.rpm", "hello-data-1.1-1.noarch.rpm"


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """A vendor's drop: RPMs in folders of their own, and papers between them."""
    folder = tmp_path / "work/vendor/drop 1.0"
    (folder / "deep/er").mkdir(parents=True)
    shutil.copy(PACKAGES / HELLO, folder)
    shutil.copy(PACKAGES / DATA, folder / "deep/er")
    (folder / "README.txt").write_text("read me\n")
    (folder / ".hidden.rpm").write_text("no RPM\n")
    return folder


@pytest.fixture
def airlock(vendor: Path, tmp_path: Path) -> Airlock:
    return Airlock(tmp_path / "work", tmp_path / "store")


def manifest(airlock: Airlock, **more: object) -> Path:
    repo = {"id": "vendor", "folder": "vendor/drop 1.0", "gpgkey": [str(PUBLIC_KEY)]}
    return airlock.write({"rpms": {"repos": [repo], "packages": ["hello"], **more}, "locks": "."})


def lock_of(airlock: Airlock) -> str:
    return (airlock.folder / "rpms.lock").read_text()


def createrepo(folder: Path) -> None:
    command = [
        "createrepo_c",
        "-q",
        "--excludes",
        ".hidden.rpm",
        str(folder),
    ]  # no RPM: a fault to newer ones
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def unsigned(source: Path, target: Path) -> None:
    shutil.copyfile(source, target.with_suffix(".new"))
    target.with_suffix(".new").replace(target)
    subprocess.run(["rpmsign", "--delsign", target], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def test_a_folder_without_repodata_is_locked_by_relative_paths_and_fetched(airlock: Airlock, vendor: Path) -> None:
    path = manifest(airlock)
    airlock("lock", "-m", path)
    assert f"url: vendor/drop%201.0/{HELLO}" in lock_of(airlock)
    assert f"url: vendor/drop%201.0/deep/er/{DATA}" in lock_of(airlock)
    assert not (vendor / "repodata").exists()
    airlock("lock", "--check", "-m", path)
    assert "2 fetched" in airlock("fetch", "-m", path).out
    assert "0 fetched" in airlock("fetch", "-m", path).out


def test_the_lock_hangs_on_names_and_bytes_alone(airlock: Airlock, vendor: Path, tmp_path: Path) -> None:
    airlock("lock", "-m", manifest(airlock))
    before = lock_of(airlock)
    for file in vendor.rglob("*.rpm"):
        os.utime(file, (1, 1))
    shutil.copytree(airlock.folder, tmp_path / "elsewhere")
    other = Airlock(tmp_path / "elsewhere", tmp_path / "another-store")
    (other.folder / "rpms.lock").unlink()
    other("lock", "-m", other.folder / "release.yaml")
    assert lock_of(other) == before


def test_a_folders_own_repodata_is_used(airlock: Airlock, vendor: Path) -> None:
    createrepo(vendor)
    path = manifest(airlock)
    airlock("lock", "-m", path)
    assert f"vendor/drop%201.0/deep/er/{DATA}" in lock_of(airlock)
    assert "2 fetched" in airlock("fetch", "-m", path).out


def test_files_that_the_folders_repodata_does_not_list_are_told(airlock: Airlock, vendor: Path) -> None:
    createrepo(vendor)
    shutil.copy(PACKAGES / "tally-0.3-1.noarch.rpm", vendor)
    told = airlock("lock", "-m", manifest(airlock), expect=3)
    assert "tally-0.3-1.noarch.rpm: is not listed in the folder's own repodata" in told.err
    assert "take its repodata away" in told.err


def test_files_other_than_the_folders_repodata_says_are_told(airlock: Airlock, vendor: Path) -> None:
    createrepo(vendor)
    with (vendor / HELLO).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    told = airlock("lock", "-m", manifest(airlock), expect=4)
    assert f"{HELLO}: has other bytes than the repodata of repo vendor says" in told.err


def test_all_files_that_are_no_sound_rpms_are_told_by_name(airlock: Airlock, vendor: Path) -> None:
    (vendor / "page.rpm").write_text("<html>Please log in</html>")
    (vendor / "empty.rpm").touch()
    (vendor / "cut.rpm").write_bytes((PACKAGES / HELLO).read_bytes()[:-100])
    (vendor / "short.rpm").write_bytes((PACKAGES / HELLO).read_bytes()[:1000])
    (vendor / "padded.rpm").write_bytes((PACKAGES / HELLO).read_bytes() + b"more")
    (vendor / "gone.rpm").symlink_to("nowhere")
    told = airlock("lock", "-m", manifest(airlock), expect=None)
    assert told.status in (3, 4)
    for name in ("page", "empty", "short"):
        assert f"{name}.rpm: not a sound RPM file" in told.err
    assert "cut.rpm: an RPM cut short or padded" in told.err
    assert "padded.rpm: an RPM cut short or padded" in told.err
    assert "gone.rpm: cannot be read" in told.err


def test_a_payload_that_was_altered_is_told_before_its_digest_is_locked(airlock: Airlock, vendor: Path) -> None:
    altered = bytearray((PACKAGES / HELLO).read_bytes())
    altered[-100] ^= 1
    (vendor / HELLO).write_bytes(altered)
    told = airlock("lock", "-m", manifest(airlock), expect=4)
    assert f"{HELLO}: an RPM whose payload was altered" in told.err
    assert not (airlock.folder / "rpms.lock").exists()


def test_a_package_from_before_payloads_had_digests_is_taken_as_it_is(airlock: Airlock, vendor: Path) -> None:
    (vendor / HELLO).write_bytes(without_payload_digest((PACKAGES / HELLO).read_bytes()))
    airlock("lock", "-m", manifest(airlock, unsigned=[{"name": "hello", "reason": "made long ago"}]))
    assert "objection: " in lock_of(airlock)


def test_two_files_of_one_build_are_told_and_copies_are_not(airlock: Airlock, vendor: Path) -> None:
    shutil.copy(vendor / HELLO, vendor / "deep" / HELLO)
    airlock("lock", "-m", manifest(airlock))
    unsigned(vendor / HELLO, vendor / "deep" / HELLO)
    told = airlock("lock", "-m", manifest(airlock), expect=3)
    assert "is hello-1.1-1.x86_64 too, with other bytes" in told.err


def test_unsigned_rpms_need_a_reason(airlock: Airlock, vendor: Path) -> None:
    unsigned(PACKAGES / HELLO, vendor / HELLO)
    assert "it is not signed" in airlock("lock", "-m", manifest(airlock), expect=4).err
    path = manifest(airlock, unsigned=[{"name": "hello", "reason": "the vendor ships it unsigned"}])
    airlock("lock", "-m", path)
    airlock("fetch", "-m", path)
    assert "the vendor ships it unsigned" in lock_of(airlock)


def test_a_file_that_changed_or_vanished_after_the_lock_is_told(airlock: Airlock, vendor: Path) -> None:
    path = manifest(airlock)
    airlock("lock", "-m", path)
    (vendor / "deep/er" / DATA).unlink()
    with (vendor / HELLO).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    told = airlock("fetch", "-m", path, expect=None)
    assert told.status in (4, 5)
    assert f"vendor/drop%201.0/{HELLO}: package hello-1.1-1.x86_64 of repo vendor: other bytes than locked" in told.err
    assert f"vendor/drop%201.0/deep/er/{DATA}" in told.err


def test_an_empty_folder_is_told(airlock: Airlock) -> None:
    (airlock.folder / "nothing").mkdir()
    path = airlock.write({"rpms": {"repos": [{"id": "v", "folder": "nothing"}], "packages": ["hello"]}})
    assert "nothing: holds no RPM" in airlock("lock", "--dry-run", "-m", path, expect=3).err


def test_a_path_request_is_met_from_the_files_of_a_folder(airlock: Airlock) -> None:
    path = manifest(airlock)
    assert "hello-data" in airlock("lock", "--dry-run", "/usr/share/hello/greeting.txt", "-m", path).out
