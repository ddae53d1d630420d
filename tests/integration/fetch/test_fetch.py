"""Fetching from the stand-in: all kinds of content, faults of the upstream, rot in the store."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.fetch.images import parts_of
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_core.digest import Digest
from airlock_core.errors import ExitCode, Faults, MachineError, UpstreamError, VerificationError
from airlock_core.locks import FilesLock, ImagesLock, LockedImage, ReleaseLocks, RpmArch, RpmsLock
from airlock_core.signatures import Keyring
from tests.integration.fetch.conftest import Fetcher
from tests.registries import registries
from tests.standin.keys import PUBLIC_KEY

pytestmark = pytest.mark.integration

ANOTHER_KEY = Path(__file__).parents[3] / "manifests/keys/RPM-GPG-KEY-EPEL-9"

BLOB = "/small/files/blob.bin"


def names(locks: ReleaseLocks) -> set[str]:
    """The digests of all plain files."""
    files = {file.checksum.hex for file in locks.files.files}
    rpms = {package.checksum.hex for package in locks.rpms.packages}
    return files | rpms | {chart.digest.hex for chart in locks.charts.charts}


def only_files(locks: ReleaseLocks) -> ReleaseLocks:
    return ReleaseLocks(files=locks.files)


def image(locks: ReleaseLocks, name: str) -> LockedImage:
    return next(image for image in locks.images.images if image.ref.repository == f"demo/{name}")


def only_image(locks: ReleaseLocks, name: str) -> ReleaseLocks:
    return ReleaseLocks(images=ImagesLock((image(locks, name),)))


def layers(fetcher: Fetcher, name: str) -> list[Digest]:
    """The configuration and layers of an image that was fetched."""
    parts = parts_of(image(fetcher.locks, name), fetcher.store, Registry(registries(offline=True)))
    return [digest for part in parts for digest, _ in part.blobs]


def test_all_kinds_of_content_come_into_the_store(fetcher: Fetcher) -> None:
    fetcher.run()
    assert names(fetcher.locks) <= fetcher.blobs()
    for name in ("web", "api", "tool"):
        assert {digest.hex for digest in layers(fetcher, name)} <= fetcher.blobs()
    assert all(fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())
    assert not list((fetcher.store.root / "parts").iterdir())
    assert not list((fetcher.store.root / "tmp").iterdir())


def test_an_index_brings_the_images_of_all_locked_platforms(fetcher: Fetcher) -> None:
    fetcher.run(only_image(fetcher.locks, "tool"))
    assert len(parts_of(image(fetcher.locks, "tool"), fetcher.store, Registry(registries(offline=True)))) == 2


def test_an_index_of_a_lock_without_platforms_comes_whole(fetcher: Fetcher) -> None:
    """As imgpkg writes them."""
    tool = replace(image(fetcher.locks, "tool"), platforms=())
    fetcher.run(ReleaseLocks(images=ImagesLock((tool,))))
    assert len(parts_of(tool, fetcher.store, Registry(registries(offline=True)))) == 2


def test_a_second_run_asks_the_upstream_for_nothing(fetcher: Fetcher) -> None:
    fetcher.run()
    fetcher.upstream.forget_requests()
    fetcher.run(offline=True)
    assert not fetcher.upstream.requests


def test_offline_names_what_lacks(fetcher: Fetcher) -> None:
    with pytest.raises(Faults) as caught:
        fetcher.run(only_files(fetcher.locks), offline=True)
    assert {fault.what for fault in caught.value.faults} == {"not fetched: --offline"}
    assert caught.value.exit_code == ExitCode.UPSTREAM


def test_progress_ends_with_each_subject_finished(fetcher: Fetcher) -> None:
    fetcher.run(only_files(fetcher.locks))
    assert sorted(fetcher.finished) == ["blob.bin", "notes.txt"]


def test_one_failure_does_not_hide_another_nor_keep_the_rest_back(fetcher: Fetcher) -> None:
    fetcher.upstream.faults.status(BLOB, 404)
    fetcher.upstream.faults.status("*hello*", 404)
    with pytest.raises(Faults, match="2 of") as caught:
        fetcher.run()
    package, blob = sorted(caught.value.faults, key=lambda fault: fault.what, reverse=True)
    assert package.what == "package hello-1.1-1.x86_64 of repo small: cannot be fetched"
    assert package.where == "http://standin.test/small/rpms/Packages/hello-1.1-1.x86_64.rpm"
    assert blob.where == f"http://standin.test{BLOB}"
    assert len(names(fetcher.locks) & fetcher.blobs()) == len(names(fetcher.locks)) - 2


def test_a_flipped_bit_is_a_failed_verification_and_leaves_nothing(fetcher: Fetcher) -> None:
    fetcher.upstream.faults.flip("*hello-1.1*", offset=2000)
    with pytest.raises(VerificationError, match=r"package hello-1.1-1.x86_64 of repo small: other bytes") as caught:
        fetcher.run()
    assert caught.value.exit_code == ExitCode.VERIFICATION
    hello = fetcher.locks.rpms.packages[0].checksum
    assert not fetcher.store.has(hello)
    assert not fetcher.store.part(hello).exists()
    fetcher.upstream.faults.clear()
    fetcher.run()


@pytest.mark.parametrize("fault", ["cut", "drop", "500"])
def test_what_failed_leaves_nothing_partial_and_the_next_run_goes_on(fault: str, fetcher: Fetcher) -> None:
    faults = fetcher.upstream.faults
    {"cut": lambda: faults.cut(BLOB, after=10), "drop": lambda: faults.drop(BLOB)}.get(
        fault, lambda: faults.status(BLOB, 500)
    )()
    with pytest.raises(UpstreamError) as caught:
        fetcher.run(only_files(fetcher.locks))
    assert caught.value.exit_code == ExitCode.UPSTREAM
    assert "after 4 attempts" in caught.value.why
    assert not fetcher.store.has(fetcher.locks.files.files[0].checksum)
    faults.clear()
    fetcher.run()


def test_an_endless_body_ends(fetcher: Fetcher) -> None:
    fetcher.upstream.faults.endless(BLOB)
    with pytest.raises(VerificationError, match="another size than locked"):
        fetcher.run(only_files(fetcher.locks))
    assert sum(request.sent for request in fetcher.upstream.requests) < 64 << 20


def test_a_download_goes_on_in_the_next_run(fetcher: Fetcher) -> None:
    blob = fetcher.locks.files.files[0]
    fetcher.upstream.faults.cut(BLOB, after=1000, times=1)
    with HttpClient(fetcher.http.mirrors, attempts=1) as impatient, pytest.raises(UpstreamError):
        replace(fetcher, http=impatient).run(only_files(fetcher.locks))
    assert fetcher.store.part(blob.checksum).stat().st_size == 1000
    fetcher.upstream.forget_requests()
    fetcher.run(only_files(fetcher.locks))
    ranges = [request.range for request in fetcher.upstream.requests if request.path == BLOB]
    assert ranges == ["bytes=1000-"]


def test_shared_layers_are_fetched_once(fetcher: Fetcher) -> None:
    fetcher.run(ReleaseLocks(images=ImagesLock((image(fetcher.locks, "web"), image(fetcher.locks, "api")))))
    assert set(layers(fetcher, "web")) & set(layers(fetcher, "api"))


def test_a_damaged_blob_of_another_size_is_fetched_anew(fetcher: Fetcher) -> None:
    fetcher.run(only_image(fetcher.locks, "web"))
    layer = layers(fetcher, "web")[-1]
    fetcher.store.path(layer).write_bytes(b"rot")
    fetcher.run(only_image(fetcher.locks, "web"))
    assert fetcher.store.intact(layer)


def test_a_damaged_blob_of_the_same_size_is_found_by_verify(fetcher: Fetcher) -> None:
    fetcher.run()
    rotten = [layers(fetcher, "web")[-1], fetcher.locks.files.files[0].checksum]
    for digest in rotten:
        path = fetcher.store.path(digest)
        path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    fetcher.run(verify=True)
    assert all(fetcher.store.intact(digest) for digest in rotten)


def test_a_damaged_manifest_is_fetched_anew(fetcher: Fetcher) -> None:
    web = image(fetcher.locks, "web")
    fetcher.run(only_image(fetcher.locks, "web"))
    fetcher.store.path(web.digest).write_bytes(b"{}")
    fetcher.run(only_image(fetcher.locks, "web"))
    assert fetcher.store.intact(web.digest)


def test_an_image_that_is_gone_is_named(fetcher: Fetcher) -> None:
    web = image(fetcher.locks, "web")
    gone = replace(web, ref=web.ref.at(Digest("sha256", "0" * 64)))
    with pytest.raises(UpstreamError) as caught:
        fetcher.run(ReleaseLocks(images=ImagesLock((gone,))))
    assert caught.value.where == str(gone.ref)


def test_a_moved_tag_changes_nothing(fetcher: Fetcher) -> None:
    """Fetch knows digests alone."""
    web = replace(image(fetcher.locks, "web"), tag="moved-elsewhere")
    fetcher.run(ReleaseLocks(images=ImagesLock((web,))))
    assert fetcher.store.intact(web.digest)


def test_a_package_of_another_signer_is_refused(fetcher: Fetcher) -> None:
    package = replace(fetcher.locks.rpms.packages[0], signer="A" * 40)
    with pytest.raises(VerificationError, match="not the package that was locked"):
        fetcher.run(ReleaseLocks(rpms=RpmsLock((RpmArch("x86_64", (package,)),))))


def test_signatures_are_checked_once_for_a_keyring(fetcher: Fetcher) -> None:
    fetcher.run()
    package = fetcher.locks.rpms.packages[0]
    fetcher.store.path(package.checksum).write_bytes(bytes(package.size))
    fetcher.run()
    with pytest.raises(VerificationError, match=package.filename):
        fetcher.run(keys=Keyring.load([PUBLIC_KEY, ANOTHER_KEY]))


def test_lack_of_space_is_said_before_anything_is_fetched(fetcher: Fetcher) -> None:
    huge = replace(fetcher.locks.files.files[0], size=1 << 60)
    with pytest.raises(MachineError, match="not enough space") as caught:
        fetcher.run(ReleaseLocks(files=FilesLock((huge,))))
    assert caught.value.exit_code == ExitCode.MACHINE
    assert not fetcher.upstream.requests


def test_a_cancelled_fetch_does_not_wait_for_a_stalled_server(fetcher: Fetcher) -> None:
    fetcher.upstream.faults.stall(BLOB, after=100, seconds=6)
    threading.Timer(0.5, fetcher.http.cancel).start()
    with pytest.raises(UpstreamError, match="cancelled"):
        fetcher.run(only_files(fetcher.locks))


def test_hundred_dead_urls_do_not_take_hundred_times_as_long(fetcher: Fetcher) -> None:
    files = tuple(
        replace(
            fetcher.locks.files.files[0],
            download_url=f"http://standin.test/none/{n}",
            checksum=Digest("sha256", f"{n:064}"),
        )
        for n in range(100)
    )
    with pytest.raises(Faults) as caught:
        fetcher.run(ReleaseLocks(files=FilesLock(files)))
    assert 20 <= len(caught.value.faults) < 30


def test_the_registry_down_is_told_by_image(fetcher: Fetcher, tmp_path: Path) -> None:
    registry = Registry(registries(Mirrors({"registry.standin.test": "127.0.0.1:9"})))
    with pytest.raises(UpstreamError, match="Connection refused"):
        parts_of(image(fetcher.locks, "web"), fetcher.store, registry)
