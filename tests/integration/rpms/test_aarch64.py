"""A release for aarch64: its own packages and those without an architecture, and nothing of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY
from tests.standin.synthetic.package import Package, Relation
from tests.standin.synthetic.repository import write

pytestmark = pytest.mark.integration

PLATFORM = {"os": "rocky", "release": "9.4", "arch": "aarch64"}


def made(name: str, arch: str, *requires: str) -> Package:
    needs = tuple(Relation(one) for one in requires)
    return Package(name, "1", "1", arch, name, provides=(Relation(f"lib{name}.so.1()(64bit)"),), requires=needs)


@pytest.fixture
def airlock(tmp_path: Path) -> Airlock:
    """A folder of packages for two architectures, of the same names."""
    app = ("libbase.so.1()(64bit)", "data")
    packages = [made("data", "noarch"), made("fast", "x86_64")]
    packages += [one for arch in ("aarch64", "x86_64") for one in (made("app", arch, *app), made("base", arch))]
    write(tmp_path / "work/drop", packages)
    return Airlock(tmp_path / "work", tmp_path / "store")


def release(airlock: Airlock, *packages: str) -> Path:
    repo = {"id": "drop", "folder": "drop", "gpgkey": [str(PUBLIC_KEY)]}
    rpms = {"repos": [repo], "packages": packages}
    return airlock.write({"platform": PLATFORM, "rpms": rpms, "locks": "."})


def test_it_is_locked_fetched_and_explained(airlock: Airlock) -> None:
    path = release(airlock, "app")
    airlock("lock", "-m", path)
    lock = (airlock.folder / "rpms.lock").read_text()
    assert "- arch: aarch64\n" in lock
    assert [line.rpartition("/")[2] for line in lock.splitlines() if "url: " in line] == [
        "app-1-1.aarch64.rpm",
        "base-1-1.aarch64.rpm",
        "data-1-1.noarch.rpm",
    ]
    assert lock.count(f"signer: {FINGERPRINT}") == 3
    assert "3 fetched" in airlock("fetch", "-m", path).out
    airlock("lock", "--check", "-m", path)
    assert "app-1-1.aarch64 requires libbase.so.1()(64bit)" in airlock("why", "-m", path, "base").out
    assert "base-1-1.aarch64" in airlock("inspect", airlock.folder / "rpms.lock").out


def test_what_is_there_for_another_architecture_alone_is_told_as_such(airlock: Airlock) -> None:
    told = airlock("lock", "-m", release(airlock, "fast", "app.x86_64"), expect=3).err
    assert "fast is there for x86_64 alone: fast-1-1.x86_64" in told
    assert "nothing provides 'app.x86_64'" in told


def test_every_form_of_request_means_its_packages(airlock: Airlock) -> None:
    forms = ["app.aarch64", "app-1-1.aarch64", "app-1", "ap?", "libapp.so.1()(64bit)", "app = 1"]
    path = release(airlock, "app")
    for form in forms:
        told = airlock("lock", "--dry-run", "-m", path, form).out
        assert [line.split()[0] for line in told.splitlines()] == [
            "app-1-1.aarch64",
            "base-1-1.aarch64",
            "data-1-1.noarch",
        ], form
