"""Fetching images from a registry that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from airlock_builder.fetch import fetch
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks import ChartsLock, ImagesLock, LockedImage, ReleaseLocks
from airlock_core.signatures import Keyring
from tests.integration.fetch.conftest import Fetcher
from tests.registries import registries
from tests.standin.run import run as tool
from tests.standin.upstream.server import FaultyServer

pytestmark = pytest.mark.integration

Fetch = Callable[[ReleaseLocks], object]


@pytest.fixture
def faulty(fetcher: Fetcher) -> Iterator[FaultyServer]:
    with fetcher.upstream.faulty_registry() as server:
        yield server


@pytest.fixture
def run(fetcher: Fetcher, faulty: FaultyServer) -> Fetch:
    mirrors = Mirrors({**fetcher.upstream.mirrors, "registry.standin.test": faulty.address})
    places = registries(mirrors)
    return lambda locks: fetch(locks, fetcher.store, fetcher.http, Registry(places), ChartsOci(places), Keyring(), 4)


def images(fetcher: Fetcher) -> ReleaseLocks:
    return ReleaseLocks(images=fetcher.locks.images)


def oci_chart(fetcher: Fetcher) -> ReleaseLocks:
    return ReleaseLocks(charts=ChartsLock(tuple(c for c in fetcher.locks.charts.charts if "oci" in c.repository)))


def test_each_blob_crosses_the_wire_once(fetcher: Fetcher, run: Fetch, faulty: FaultyServer) -> None:
    """The two images that share a layer are fetched side by side."""
    run(images(fetcher))
    blobs = [entry.path.rpartition("/")[2] for entry in faulty.log.all() if "/blobs/" in entry.path and entry.sent]
    assert blobs
    assert len(blobs) == len(set(blobs))


@pytest.mark.parametrize("fault", ["cut", "503"])
def test_a_passing_fault_is_got_over_or_the_next_run_goes_on(
    fault: str, fetcher: Fetcher, run: Fetch, faulty: FaultyServer
) -> None:
    if fault == "cut":
        faulty.faults.cut("/v2/*/blobs/*", after=100, times=1)
    else:
        faulty.faults.status("/v2/*/blobs/*", 503, times=1)
    with suppress(UpstreamError):
        run(images(fetcher))
    assert all(fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())
    run(images(fetcher))


def test_flipped_bits_are_told_and_leave_nothing(fetcher: Fetcher, run: Fetch, faulty: FaultyServer) -> None:
    web = next(image for image in fetcher.locks.images.images if image.ref.repository == "demo/web")
    only = ReleaseLocks(images=ImagesLock((web,)))
    faulty.faults.flip("/v2/demo/web/blobs/*", offset=5)
    with pytest.raises(VerificationError, match=r"expected sha256:.* found sha256:") as caught:
        run(only)
    assert str(web.ref) in caught.value.where
    assert fetcher.blobs() == {web.digest.hex}
    faulty.faults.clear()
    run(only)


def test_a_flipped_manifest_is_told(fetcher: Fetcher, run: Fetch, faulty: FaultyServer) -> None:
    faulty.faults.flip("/v2/demo/web/manifests/*", offset=30)
    with pytest.raises(AirlockError) as caught:
        run(images(fetcher))
    assert caught.value.exit_code in (4, 5)
    assert not any(not fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())


@pytest.mark.parametrize("kind", ["flip", "cut", "endless", "404", "503"])
def test_a_chart_that_comes_wrong_is_told(kind: str, fetcher: Fetcher, run: Fetch, faulty: FaultyServer) -> None:
    path = "/v2/charts/pebble-api/blobs/*"
    {
        "flip": lambda: faulty.faults.flip(path, offset=9),
        "cut": lambda: faulty.faults.cut(path, after=9),
        "endless": lambda: faulty.faults.endless(path),
    }.get(kind, lambda: faulty.faults.status(path, int(kind)))()
    with pytest.raises(VerificationError if kind in ("flip", "endless") else UpstreamError) as caught:
        run(oci_chart(fetcher))
    assert "chart pebble-api 0.2.0" in caught.value.what
    assert "oci://registry.standin.test/charts/pebble-api@sha256:" in caught.value.where
    assert not fetcher.blobs()
    faulty.faults.clear()
    run(oci_chart(fetcher))


def test_a_tag_moved_after_the_lock_brings_the_locked_image(fetcher: Fetcher, run: Fetch) -> None:
    registry = Registry(registries(Mirrors(fetcher.upstream.mirrors)))
    moved = ImageRef.parse("registry.standin.test/demo/moved:1.0")
    copy_tag(fetcher, "demo/api:1.0", "demo/moved:1.0")
    locked = Digest.sha256(registry.raw(moved))
    copy_tag(fetcher, "demo/web:1.0", "demo/moved:1.0")
    assert Digest.sha256(registry.raw(moved)) != locked
    run(ReleaseLocks(images=ImagesLock((LockedImage(moved.at(locked), "1.0", ("linux/amd64",), 1),))))
    assert fetcher.store.intact(locked)


def copy_tag(fetcher: Fetcher, source: str, target: str) -> None:
    """Give an image of the registry another tag."""
    tls = ("--src-tls-verify=false", "--dest-tls-verify=false")
    names = [f"docker://{fetcher.upstream.registry}/{name}" for name in (source, target)]
    tool("skopeo", "--insecure-policy", "copy", "--preserve-digests", *tls, *names)


def test_a_registry_that_is_down_does_not_keep_plain_files_from_coming(
    fetcher: Fetcher, run: Fetch, faulty: FaultyServer
) -> None:
    faulty.faults.status("/v2/*", 500)
    with pytest.raises(AirlockError) as caught:
        run(fetcher.locks)
    assert all(image.ref.repository in str(caught.value) for image in fetcher.locks.images.images)
    assert all(fetcher.store.has(file.checksum, file.size) for file in fetcher.locks.files.files)
    assert all(fetcher.store.has(package.checksum, package.size) for package in fetcher.locks.rpms.packages)
