"""29 packages of Rocky Linux 8, signed by Rocky: from a mirror into a medium that dnf and rpm take."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core import media
from airlock_core.locks import ReleaseLocks
from tests.integration.real.conftest import Carried, Field
from tests.standin.run import run

pytestmark = pytest.mark.integration

ROCKY = "7051C470A929F454CEBE37B715AF5DAC6D745A60"
DNF_LIST = ("repoquery", "--quiet", "--qf", "%{name}-%{version}-%{release}.%{arch}.rpm")


@pytest.fixture(scope="session")
def baseos(carried: Carried, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The local repo, taken off the medium."""
    target = tmp_path_factory.mktemp("medium") / "BaseOS"
    run("osirrox", "-no_rc", "-indev", carried.iso, "-extract", f"/{media.BASEOS}", target)
    return target


def test_every_package_is_locked_with_rockys_fingerprint(field: Field, carried: Carried) -> None:
    packages = ReleaseLocks.load(carried.locks).rpms.packages
    assert [package.filename for package in packages] == [path.name for path in field.packages]
    assert {package.signer for package in packages} == {ROCKY}


def test_lock_and_plan_list_what_the_site_is_taken_to_have(carried: Carried) -> None:
    for told in (carried.lock.out, carried.plan.out):
        assert "assumed at the site: libc.so.6(GLIBC_2.14)(64bit)" in told
        assert "assumed at the site: libapr-1.so.0()(64bit)" not in told, "the set itself provides it"


def test_the_medium_carries_the_packages_unchanged(field: Field, baseos: Path) -> None:
    found = {path.name: path for path in (baseos / "Packages").rglob("*.rpm")}
    assert {name: path.read_bytes() for name, path in found.items()} == {
        path.name: path.read_bytes() for path in field.packages
    }


def test_dnf_reads_the_repo(field: Field, baseos: Path, tmp_path: Path) -> None:
    alone = [f"--setopt=cachedir={tmp_path}", f"--setopt=reposdir={tmp_path}", "--releasever=8", "--forcearch=x86_64"]
    found = run("dnf", *alone, f"--repofrompath=medium,{baseos.as_uri()}", *DNF_LIST)
    assert sorted(found.split()) == [path.name for path in field.packages]


def test_rpmkeys_accepts_every_package_with_rockys_key_alone(field: Field, baseos: Path, tmp_path: Path) -> None:
    run("rpmkeys", "--dbpath", tmp_path, "--import", field.data / "keys/RPM-GPG-KEY-rockyofficial")
    packages = sorted((baseos / "Packages").rglob("*.rpm"))
    told = run("rpmkeys", "--dbpath", tmp_path, "--define", "_pkgverify_level all", "-K", *packages)
    assert [line.rsplit(": ", 1)[1] for line in told.splitlines()] == ["digests signatures OK"] * 29


def test_a_byte_flipped_at_the_upstream_stops_the_build_and_names_the_package(field: Field, carried: Carried) -> None:
    field.upstream.faults.flip("/rocky8/socat-*.rpm", offset=200_000, bit=3)
    try:
        empty = field.airlock.with_store(field.airlock.folder / "other-store")
        told = empty("fetch", "-m", "field.yaml", expect=4)
        assert (
            "package socat-1.7.4.1-1.el8.x86_64 of repo rocky8: other bytes than locked: expected sha256:" in told.err
        )
        assert "http://standin.test/rocky8/socat-1.7.4.1-1.el8.x86_64.rpm" in told.err
        told = empty("build", "iso", "-m", "field.yaml", "-o", "flipped.iso", expect=3)
        assert "the package socat-1.7.4.1-1.el8.x86_64" in told.err
        assert not (field.airlock.folder / "flipped.iso").exists()
    finally:
        field.upstream.faults.clear()


def test_a_package_whose_file_the_mirror_lost_is_named_with_url_and_repo(field: Field) -> None:
    manifest = field.manifest("containerd.io", name="lost.yaml")
    told = field.airlock("lock", "-m", manifest, expect=5)
    assert "package containerd.io-1.6.24-3.1.el8.x86_64 of repo rocky8" in told.err
    assert "http://standin.test/rocky8/containerd.io-1.6.24-3.1.el8.x86_64.rpm" in told.err
    assert "404 Not Found" in told.err
