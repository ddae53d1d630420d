"""Tags moved after the lock, transfers that are cut, fetches that are killed: the locked bytes, or a clear word."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
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
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, Faults, UpstreamError
from airlock_core.locks import ImagesLock, LockedImage, ReleaseLocks
from airlock_core.signatures import Keyring
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage
from tests.integration.cli.airlock import UNHELD
from tests.registries import registries
from tests.registry_tar import Made, make
from tests.soak import cases
from tests.standin.images import registry
from tests.standin.run import run
from tests.standin.upstream import forward
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = [pytest.mark.integration, pytest.mark.long]

ROOT = Path(__file__).parents[3]
HOST = "registry.test"
SEED = 20266
COUNT = 20
FEW = 6
"""Images of those in the many cases, two of them of two platforms."""
SIZE = 12 << 20
CONFIGURATION = 4096
"""Bytes that a configuration has at the most, and a layer more than."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Twenty images that share layers, every third for two platforms."""
    return make(tmp_path_factory.mktemp("made"), images=COUNT, size=SIZE)


@pytest.fixture(scope="module")
def upstream(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[registry.Registry]:
    """A registry that has them."""
    with running(made, tmp_path_factory.mktemp("upstream")) as found:
        yield found


@contextmanager
def running(made: Made, folder: Path) -> Iterator[registry.Registry]:
    load(made.path, made.images, RegistryStorage(folder / "storage"))
    with registry.serve(folder) as found:
        yield found


@pytest.fixture
def faulty(upstream: registry.Registry) -> Iterator[FaultyServer]:
    with serve(forward.source(upstream.address)) as server:
        yield server


def locks(made: Made) -> ReleaseLocks:
    return ReleaseLocks(images=ImagesLock(made.images[:FEW]))


def bring(wanted: ReleaseLocks, address: str, store: Store) -> None:
    mirrors = Mirrors({HOST: address})
    with HttpClient(mirrors) as http:
        fetch(wanted, store, http, Registry(registries(mirrors)), ChartsOci(registries(mirrors)), Keyring(), 4)


def blobs(store: Store) -> set[str]:
    """What stands under a final name, all of it whole."""
    names = {path.name for path in (store.blobs / "sha256").glob("*")}
    assert all(store.intact(Digest("sha256", name)) for name in names)
    return names


@pytest.fixture(scope="module")
def clean(made: Made, upstream: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a fetch leaves that nobody disturbs."""
    store = Store(tmp_path_factory.mktemp("clean"))
    bring(locks(made), upstream.address, store)
    return blobs(store)


def test_twenty_tags_moved_after_the_lock_bring_no_other_byte(made: Made, tmp_path: Path) -> None:
    before, after = Store(tmp_path / "before"), Store(tmp_path / "after")
    with running(made, tmp_path / "upstream") as own:
        locked = locked_by_tag(own, made.images)
        bring(ReleaseLocks(images=locked), own.address, before)
        move_tags(made.images, own)
        pairs = zip(locked.images, locked_by_tag(own, made.images).images, strict=True)
        assert all(old.ref.name == new.ref.name and old.digest != new.digest for old, new in pairs)
        bring(ReleaseLocks(images=locked), own.address, after)
    assert blobs(after) == blobs(before)
    assert {image.digest.hex for image in locked.images} <= blobs(after)


def test_what_the_registry_dropped_with_the_tag_is_refused_with_both_digests(made: Made, tmp_path: Path) -> None:
    gone, other = made.images[1:3]
    with running(made, tmp_path / "upstream") as own:
        locked = locked_by_tag(own, (gone, other))
        move_tags((gone, other), own)
        now = next(image for image in locked_by_tag(own, (gone, other)).images if image.ref.name == gone.ref.name)
        delete(own.address, gone)
        store = Store(tmp_path / "store")
        with pytest.raises(UpstreamError) as caught:
            bring(ReleaseLocks(images=locked), own.address, store)
        assert str(gone.ref) in caught.value.where
        assert f"has no {gone.digest} any more; its tag 1.0 is {now.digest} now" in caught.value.why
        assert other.digest.hex in blobs(store)
        assert gone.digest.hex not in blobs(store)


def locked_by_tag(own: registry.Registry, images: Sequence[LockedImage]) -> ImagesLock:
    """What the tags of some images are now."""
    names = [f"{HOST}/{image.site_name}" for image in images]
    head = {"apiVersion": "airlock/v1", "kind": "Release", "platform": {"os": "rocky", "release": "8.10"}}
    content = {"images": {"refs": names, "platforms": ["linux/amd64"]}}
    manifest = checked(Manifest, {**head, "metadata": {"name": "t", "version": "1", "number": 1}, **content})
    return lock_images(
        manifest, Registry(registries(Mirrors({HOST: own.address}))), Store(own.storage.parent / "unused")
    )


def move_tags(images: Sequence[LockedImage], own: registry.Registry) -> None:
    """Give each image's tag to the manifest of the next."""
    tls = ("--src-tls-verify=false", "--dest-tls-verify=false")
    base = f"docker://{own.address}"
    for image, other in zip(images, (*images[1:], images[0]), strict=True):
        words = (f"{base}/{other.ref.repository}@{other.digest}", f"{base}/{image.site_name}")
        run("skopeo", "--insecure-policy", "copy", "--all", "--preserve-digests", "-q", *tls, *words)


def delete(address: str, image: LockedImage) -> None:
    connection = HTTPConnection(address, timeout=30)
    connection.request("DELETE", f"/v2/{image.ref.repository}/manifests/{image.digest}")
    assert connection.getresponse().status == 202
    connection.close()


@pytest.mark.soak
def test_a_transfer_cut_anywhere_is_gone_on_with_to_the_same_end(
    made: Made, clean: set[str], faulty: FaultyServer, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    layers = sorted(clean)
    for number in range(cases(2, 50)):
        store, cut = Store(tmp_path / str(number)), chance.choice(layers)
        faulty.faults.cut(f"/v2/*sha256:{cut}", after=chance.randrange(size_of(cut, made)))
        with pytest.raises(AirlockError) as caught:
            bring(locks(made), faulty.address, store)
        assert all(fault.exit_code in (4, 5) for fault in each(caught.value))
        kept = blobs(store)
        assert cut not in kept
        faulty.faults.clear()
        faulty.log.clear()
        bring(locks(made), faulty.address, store)
        assert blobs(store) == clean
        asked = {entry.path.rpartition(":")[2] for entry in faulty.log.all() if "/blobs/" in entry.path and entry.sent}
        # skopeo asks for a configuration whenever it copies an image
        assert not {name for name in asked & kept if size_of(name, made) > CONFIGURATION}


def size_of(name: str, made: Made) -> int:
    return (made.path.parent / "store/blobs/sha256" / name).stat().st_size


def each(error: AirlockError) -> tuple[AirlockError, ...]:
    return tuple(error.faults) if isinstance(error, Faults) else (error,)


@pytest.mark.soak
def test_a_fetch_that_is_killed_at_any_time_is_gone_on_with_to_the_same_end(
    made: Made, clean: set[str], upstream: registry.Registry, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    locks(made).write(tmp_path / "locks")
    program = [*UNHELD, sys.executable, "-m", "tests.integration.fetch.process", str(tmp_path / "locks")]
    for number in range(cases(2, 50)):
        store = Store(tmp_path / str(number))
        words = [*program, str(store.root), f"{HOST}={upstream.address}"]
        with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not store.root.exists():
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 2))
            process.kill()
        blobs(store)
        bring(locks(made), upstream.address, store)
        assert blobs(store) == clean
