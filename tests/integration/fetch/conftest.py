"""A release of every kind of content from the stand-in, locked by hand where that is shorter."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airlock_builder.fetch import fetch
from airlock_builder.lock.images import lock_images
from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Manifest
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core.digest import of_file
from airlock_core.locks import (
    ChartsLock,
    FilesLock,
    ImagesLock,
    LockedChart,
    LockedFile,
    LockedRpm,
    ReleaseLocks,
    RpmArch,
    RpmsLock,
)
from airlock_core.progress import Event, Progress, Step, silent
from airlock_core.signatures import Keyring
from tests.locked import locked_rpm
from tests.registries import registries
from tests.standin.fixtures import SMALL
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import Upstream

HTTP = "http://standin.test/small"
REGISTRY = "registry.standin.test"


@dataclass
class Fetcher:
    """One client of the stand-in with a store."""

    upstream: Upstream
    store: Store
    http: HttpClient
    locks: ReleaseLocks
    events: list[Event] = field(default_factory=list)
    progress: Progress = silent

    def run(
        self,
        locks: ReleaseLocks | None = None,
        *,
        offline: bool = False,
        verify: bool = False,
        keys: Keyring | None = None,
    ) -> None:
        """Fetch, with two at once."""
        mirrors = Mirrors(self.upstream.mirrors)
        places = registries(mirrors, offline=offline)
        registry, oci = Registry(places), ChartsOci(places)
        keys = keys or Keyring.load([PUBLIC_KEY])
        with HttpClient(mirrors, pause=0.01, offline=offline) as http:
            client = http if offline else self.http
            fetch(locks or self.locks, self.store, client, registry, oci, keys, 2, self._tell, verify=verify)

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        self.progress(event)

    @property
    def finished(self) -> list[str]:
        """The subjects whose end was told, in that order."""
        return [event.subject for event in self.events if isinstance(event, Step) and event.finished]

    def blobs(self) -> set[str]:
        """The names of all that stands under a final name."""
        return {path.name for path in (self.store.blobs / "sha256").glob("*")}


@pytest.fixture(scope="session")
def images(running_upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> ImagesLock:
    head = {"apiVersion": "airlock/v1", "kind": "Release", "platform": {"os": "rocky", "release": "8.10"}}
    refs = [f"{REGISTRY}/demo/{name}:1.0" for name in ("web", "api", "tool")]
    content = {"images": {"refs": refs, "platforms": ["linux/amd64", "linux/arm64"]}}
    manifest = checked(Manifest, {**head, "metadata": {"name": "t", "version": "1", "number": 1}, **content})
    store = Store(tmp_path_factory.mktemp("lock"))
    return lock_images(manifest, Registry(registries(Mirrors(running_upstream.mirrors))), store)


@pytest.fixture(scope="session")
def signer() -> str:
    return Keyring.load([PUBLIC_KEY]).fingerprints[0]


@pytest.fixture
def locks(images: ImagesLock, signer: str) -> ReleaseLocks:
    files = FilesLock((file("files/blob.bin"), file("files/notes.txt")))
    charts = ChartsLock(
        (chart("pebble-web", "0.1.0", HTTP + "/charts"), chart("pebble-api", "0.2.0", f"oci://{REGISTRY}/charts"))
    )
    rpms = RpmsLock(
        (RpmArch("x86_64", (rpm("hello-1.1-1.x86_64.rpm", signer), rpm("tally-0.3-1.noarch.rpm", signer))),)
    )
    return ReleaseLocks(rpms, images, charts, files)


@pytest.fixture
def fetcher(upstream: Upstream, store: Store, http: HttpClient, locks: ReleaseLocks) -> Fetcher:
    return Fetcher(upstream, store, http, locks)


def file(path: str) -> LockedFile:
    return LockedFile(f"standin.test/small/{path}", f"{HTTP}/{path}", of_file(SMALL / path), size(SMALL / path))


def chart(name: str, version: str, repository: str) -> LockedChart:
    path = SMALL / "charts" / f"{name}-{version}.tgz"
    url = f"{HTTP}/charts/{path.name}" if repository.startswith("http") else ""
    return LockedChart(name, version, repository, of_file(path), size(path), url)


def rpm(name: str, signer: str) -> LockedRpm:
    return locked_rpm(SMALL / "rpms/Packages" / name, f"{HTTP}/rpms/Packages", signer=signer)


def size(path: Path) -> int:
    return path.stat().st_size
