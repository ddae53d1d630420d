"""Packages of the base ISO's own repository: read out of the image, without a mount, and fetched from it by digest."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import Airlock
from tests.standin.keys import PUBLIC_KEY
from tests.standin.run import run
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = pytest.mark.integration

SMALL = Path(__file__).parents[2] / "standin/fixtures/small/rpms"
URL = "http://base.test/pebble.iso"


@pytest.fixture
def iso(tmp_path: Path) -> Path:
    """An ISO of Rocky's layout with the stand-in's small repository in BaseOS, its long names by Rock Ridge."""
    medium = tmp_path / "medium"
    shutil.copytree(SMALL, medium / "BaseOS")
    (medium / ".discinfo").write_text("1704067200.0\n8.10\nx86_64\n")
    served = tmp_path / "served"
    served.mkdir()
    image = served / "pebble.iso"
    run("xorriso", "-as", "mkisofs", "-quiet", "-o", image, "-V", "PEBBLE", "-R", medium)
    return image


@pytest.fixture
def server(iso: Path) -> Iterator[FaultyServer]:
    """Serves the image."""
    with serve(files.source({"": iso.parent})) as running:
        yield running


@pytest.fixture
def airlock(server: FaultyServer, tmp_path: Path) -> Airlock:
    work = tmp_path / "work"
    work.mkdir()
    return Airlock(work, tmp_path / "store", ("--mirror", f"base.test={server.address}"))


def manifest(airlock: Airlock, checksum: str | None = None, **base: str) -> None:
    repo = {"id": "media", "base_iso": "BaseOS", "gpgkey": [str(PUBLIC_KEY)], "repo_gpgcheck": True}
    named = {"iso": URL, **base, **({"checksum": checksum} if checksum else {})}
    airlock.write({"base": named, "rpms": {"repos": [repo], "packages": ["hello"]}, "locks": "."})


def test_packages_are_locked_by_the_image_and_their_place_in_it(airlock: Airlock) -> None:
    manifest(airlock)
    airlock("lock", "-m", "release.yaml")
    lock = yaml.safe_load((airlock.folder / "rpms.lock").read_text())
    urls = [package["url"] for package in lock["arches"][0]["packages"]]
    assert urls
    assert all(url.startswith(f"{URL}#BaseOS/Packages/") for url in urls)
    assert "up to date" in airlock("lock", "--check", "-m", "release.yaml").out


def test_packages_are_fetched_out_of_the_image_which_is_asked_for_once(
    airlock: Airlock, server: FaultyServer, iso: Path
) -> None:
    digest = hashlib.sha256(iso.read_bytes()).hexdigest()
    manifest(airlock, f"sha256:{digest}")
    airlock("lock", "-m", "release.yaml")
    airlock("fetch", "-m", "release.yaml")
    lock = yaml.safe_load((airlock.folder / "rpms.lock").read_text())
    for package in lock["arches"][0]["packages"]:
        blob = airlock.store / "blobs/sha256" / package["checksum"].removeprefix("sha256:")
        assert blob.read_bytes() == (SMALL / package["url"].partition("#BaseOS/")[2]).read_bytes()
    assert [request.method for request in server.log.all()].count("GET") == 1


def test_a_fresh_machine_fetches_image_and_packages_from_the_locks_alone(airlock: Airlock) -> None:
    manifest(airlock)
    airlock("lock", "-m", "release.yaml")
    fresh = airlock.with_store(airlock.store.with_name("fresh"))
    told = fresh("fetch", "-m", "release.yaml", "-j", "1")
    assert "hello" in told.err
    assert "0 fetched" in fresh("fetch", "-m", "release.yaml").out


def test_dry_run_needs_the_image_and_no_lock(airlock: Airlock) -> None:
    manifest(airlock)
    assert "hello" in airlock("lock", "--dry-run", "-m", "release.yaml").out


def test_a_folder_that_the_image_lacks_is_named_with_the_image(airlock: Airlock) -> None:
    airlock.write(
        {"base": {"iso": URL}, "rpms": {"repos": [{"id": "media", "base_iso": "Minimal"}], "packages": ["hello"]}}
    )
    told = airlock("lock", "-m", "release.yaml", expect=5)
    assert f"{URL}#Minimal/repodata/repomd.xml" in told.err
    assert "is not in the image" in told.err


def test_a_file_that_is_no_image_is_refused(airlock: Airlock, iso: Path) -> None:
    iso.write_bytes(b"no image" * 10_000)
    manifest(airlock)
    told = airlock("lock", "-m", "release.yaml", expect=4)
    assert "not an ISO 9660 image" in told.err


def test_a_repository_of_the_base_iso_needs_a_base_iso(airlock: Airlock) -> None:
    airlock.write({"rpms": {"repos": [{"id": "media", "base_iso": "BaseOS"}], "packages": ["hello"]}})
    assert "there is no base ISO" in airlock("lint", "-m", "release.yaml", expect=3).err
