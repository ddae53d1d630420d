"""Real packages and a real image, served by the stand-in's servers and carried all the way by the real program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import realdata
from tests.integration.cli.airlock import Airlock, Ran
from tests.standin.upstream import Upstream

ASSUMED = (
    *("/bin/*", "/sbin/*", "/usr/*", "config(*", "rtld(*", "lib*", "ld-linux*", "bash", "coreutils", "glibc*"),
    *("httpd-mmn", "iptables-*", "kernel*", "openldap*", "policycoreutils*", "psmisc", "python3*", "rdma-core*", "rpm"),
    *("sed", "selinux-policy*", "setup", "shadow-utils", "system-logos-httpd", "systemd*"),
)
"""What the 29 packages require and none of them provides: a minimal installation has it."""


@dataclass(frozen=True)
class Field:
    """The real data behind the stand-in's servers, and a program that finds them.

    Args:
        data: the folder of real data.
        airlock: runs where the manifest ``field.yaml`` stands.
    """

    data: Path
    upstream: Upstream
    airlock: Airlock

    @property
    def packages(self) -> list[Path]:
        """The 29 files."""
        return sorted((self.data / "rpms/rocky8").glob("*.rpm"))

    def manifest(self, *packages: str, name: str = "field.yaml", **more: Any) -> Path:
        """Write a manifest that asks for packages of the real repo."""
        key = str(self.data / "keys/RPM-GPG-KEY-rockyofficial")
        repo = {"id": "rocky8", "baseurl": "http://standin.test/rocky8", "gpgkey": [key]}
        rpms = {"rpms": {"repos": [repo], "packages": list(packages), "assume": list(ASSUMED)}}
        platform = {"platform": {"os": "rocky", "release": "8.8"}}
        return self.airlock.write({**platform, **rpms, **more}, name)


@dataclass(frozen=True)
class Carried:
    """The medium with the 29 packages and the image, and what each command said on the way."""

    iso: Path
    lock: Ran
    plan: Ran
    locks: Path


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """The servers, with the real packages and the Alpine image."""
    data = realdata.folder("rpms/rocky8", "keys/RPM-GPG-KEY-rockyofficial", "images/alpine-3.11.docker-archive.tar.gz")
    folder = tmp_path_factory.mktemp("real")
    with Upstream.start(folder / "up", big=False, extra={"/rocky8": data / "rpms/rocky8"}) as upstream:
        upstream.push_archive(data / "images/alpine-3.11.docker-archive.tar.gz", "library/alpine:3.11")
        yield Field(data, upstream, Airlock(folder, folder / "store", tuple(upstream.mirror_args)))


@pytest.fixture(scope="session")
def carried(field: Field) -> Carried:
    """Locked, fetched, built and verified."""
    names = sorted(path.name.rsplit("-", 2)[0] for path in field.packages)
    images = {"refs": ["registry.standin.test/library/alpine:3.11"], "insecure": ["registry.standin.test"]}
    manifest, airlock = field.manifest(*names, images=images), field.airlock
    lock, plan = airlock("lock", "-m", manifest), airlock("plan", "-m", manifest)
    airlock("fetch", "-m", manifest)
    airlock("build", "iso", "-m", manifest, "-o", "field.iso")
    airlock("verify", "field.iso")
    return Carried(airlock.folder / "field.iso", lock, plan, airlock.folder / "locks/field")
