"""`airlock diff` as a process: over releases that were locked, fetched and built."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.cli.conftest import ROOT, Whole
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

REPO = {"id": "small", "baseurl": "http://standin.test/small/rpms", "gpgkey": [str(PUBLIC_KEY)]}


def release(airlock: Airlock, *packages: str) -> Path:
    """A release of some packages of the small repository: locked, fetched, mastered."""
    manifest = airlock.write({"rpms": {"repos": [REPO], "packages": list(packages), "advisories": True}})
    airlock("lock", "-m", manifest)
    airlock("fetch", "-m", manifest)
    medium = airlock.folder / f"{'-'.join(packages)}.iso"
    airlock("build", "iso", "-m", manifest, "-o", medium)
    return medium


def test_two_media_are_compared_with_their_own_advisories_and_no_store(airlock: Airlock, tmp_path: Path) -> None:
    old, new = release(airlock, "hello-data-1.0-1.noarch"), release(airlock, "hello")
    found = airlock.with_store(tmp_path / "none")("diff", old, new, "--exit-code", expect=1)
    lines = found.out.splitlines()
    assert lines[0].endswith("hello-data-1.0-1.noarch.iso: release 1.0 (number 1)")
    assert "rpms  1 added, 1 upgraded" in lines
    assert "  hello-data.noarch  1.0-1 → 1.1-1" in lines
    assert "  Important    PEBBLE-2024:1" in lines
    data = airlock("diff", new, old, "--json").json
    assert data["advisories"]["cves_lost"] == ["CVE-2024-10001"]


def test_a_medium_is_compared_with_the_locks_that_it_was_built_from(whole: Whole, at_root: Airlock) -> None:
    found = at_root("diff", whole.iso, ROOT, "--exit-code")
    assert "no difference" in found.out


def test_a_lock_on_a_medium_that_was_altered_is_refused(whole: Whole, at_root: Airlock, tmp_path: Path) -> None:
    image = tmp_path / "altered.iso"
    data = bytearray(whole.iso.read_bytes())
    place = data.index(b"evr: 1.1-1\n")
    data[place : place + 10] = b"evr: 1.2-1"
    image.write_bytes(data)
    found = at_root("diff", whole.iso, image, expect=4)
    assert "release/locks/rpms.lock: is not the lock that release.json names" in found.err


def test_locks_that_cannot_be_read_are_told(airlock: Airlock) -> None:
    found = airlock("diff", "absent", "absent.lock", expect=3)
    assert "absent" in found.err


@pytest.mark.parametrize(("carried", "status"), [(False, 0), (True, 5)])
def test_advisories_that_are_gone_matter_where_the_medium_carries_them(
    airlock: Airlock, upstream: Upstream, tmp_path: Path, carried: bool, status: int
) -> None:
    manifest = airlock.write({"rpms": {"repos": [REPO], "packages": ["hello"], "advisories": carried}})
    airlock("lock", "-m", manifest)
    upstream.faults.status("/small/rpms/repodata/*-updateinfo.xml.gz", 404)
    elsewhere = airlock.with_store(tmp_path / "elsewhere")
    told = elsewhere("fetch", "-m", manifest, expect=status)
    assert "updateinfo of repo small" in told.out + told.err
    assert "updateinfo.xml.gz" in told.out + told.err
    if not carried:
        elsewhere("build", "iso", "-m", manifest, "-o", tmp_path / "x.iso")


def test_metadata_that_lock_kept_is_not_fetched_again(airlock: Airlock, upstream: Upstream) -> None:
    manifest = airlock.write({"rpms": {"repos": [REPO], "packages": ["hello"], "advisories": True}})
    airlock("lock", "-m", manifest)
    upstream.faults.status("/small/rpms/repodata/*", 404)
    airlock("fetch", "-m", manifest)
    airlock("build", "iso", "-m", manifest)
