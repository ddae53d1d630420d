"""The locks of images, charts and files from the stand-in upstream."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.lock.charts import lock_charts
from airlock_builder.lock.files import lock_files
from airlock_builder.lock.images import lock_images
from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Manifest
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.index import PackageIndex
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import Faults, InputError, UpstreamError, VerificationError
from airlock_core.locks import ChartsLock, FilesLock, ImagesLock
from tests.registries import registries
from tests.standin.fixtures import SMALL
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

HOST = "registry.standin.test"
FILES = "http://standin.test/small/files"
CHARTS = "http://standin.test/small/charts"
BLOB = (SMALL / "files" / "blob.bin").read_bytes()
WEB_CHART = (SMALL / "charts" / "pebble-web-0.1.0.tgz").read_bytes()
API_CHART = (SMALL / "charts" / "pebble-api-0.2.0.tgz").read_bytes()


def manifest(**content: Any) -> Manifest:
    head = {
        "apiVersion": "airlock/v1",
        "kind": "Release",
        "metadata": {"name": "t", "version": "1", "number": 1},
        "platform": {"os": "rocky", "release": "8.10"},
    }
    return checked(Manifest, {**head, **content})


@pytest.fixture
def images(upstream: Upstream, store: Store) -> Callable[..., ImagesLock]:
    registry = Registry(registries(Mirrors(upstream.mirrors), [HOST]))
    return lambda **content: lock_images(manifest(**content), registry, store)


@pytest.fixture
def charts(upstream: Upstream, http: HttpClient, store: Store) -> Callable[..., ChartsLock]:
    oci = ChartsOci(registries(Mirrors(upstream.mirrors)))
    return lambda *entries, **more: lock_charts(manifest(charts=list(entries), **more), http, oci, store)


@pytest.fixture
def files(upstream: Upstream, http: HttpClient, store: Store) -> Callable[..., FilesLock]:
    index = PackageIndex(Mirrors(upstream.mirrors))
    return lambda **content: lock_files(manifest(**content), http, index, store)


def refs(*names: str, platforms: tuple[str, ...] = ("linux/amd64",)) -> dict[str, Any]:
    return {"refs": [f"{HOST}/{name}" for name in names], "platforms": list(platforms)}


def test_a_tag_is_locked_by_digest_with_the_size_of_all_its_blobs(images: Callable[..., ImagesLock]) -> None:
    web, api = images(images=refs("demo/web:1.0", "demo/api:1.0")).images[::-1]
    assert (web.tag, web.platforms, web.options) == ("1.0", ("linux/amd64",), ())
    assert web.ref.tag is None
    assert web.digest != api.digest
    assert 1_259_520 < web.size < 1_300_000


def test_one_platform_is_taken_out_of_an_index(images: Callable[..., ImagesLock]) -> None:
    (tool,) = images(images=refs("demo/tool:1.0")).images
    (both,) = images(images=refs("demo/tool:1.0", platforms=("linux/amd64", "linux/arm64"))).images
    assert tool.platforms == ("linux/amd64",)
    assert both.platforms == ("linux/amd64", "linux/arm64")
    assert tool.digest != both.digest
    assert tool.size < both.size


def test_an_image_pinned_in_the_manifest_stays_what_it_is(images: Callable[..., ImagesLock]) -> None:
    (web,) = images(images=refs("demo/web:1.0")).images
    (again,) = images(images=refs(f"demo/web:1.0@{web.digest}")).images
    assert again == web


def test_an_absent_platform_is_named_with_those_that_are_there(images: Callable[..., ImagesLock]) -> None:
    with pytest.raises(InputError, match=r"not there for linux/s390x; only for linux/amd64, linux/arm64"):
        images(images=refs("demo/tool:1.0", platforms=("linux/s390x",)))
    with pytest.raises(InputError, match="not there for linux/arm64; only for linux/amd64"):
        images(images=refs("demo/web:1.0", platforms=("linux/arm64",)))


def test_all_absent_images_are_told_at_once(images: Callable[..., ImagesLock]) -> None:
    with pytest.raises(Faults, match="2 images could not be locked") as caught:
        images(images=refs("demo/none:1", "demo/web:1.0", "demo/web:none"))
    assert [fault.where for fault in caught.value.faults] == [f"{HOST}/demo/none:1", f"{HOST}/demo/web:none"]


def test_options_are_recorded_unless_the_release_itself_asks(images: Callable[..., ImagesLock]) -> None:
    found = images(
        images=refs("demo/web:1.0"),
        options={"a": {"images": refs("demo/web:1.0", "demo/api:1.0")}, "b": {"images": refs("demo/api:1.0")}},
    )
    assert {str(image.ref.repository): image.options for image in found.images} == {
        "demo/web": (),
        "demo/api": ("a", "b"),
    }


def test_charts_are_locked_by_the_digest_of_their_archive(charts: Callable[..., ChartsLock], store: Store) -> None:
    oci = {"oci": f"oci://{HOST}/charts/pebble-api", "version": "0.2.0"}
    web, api = charts({"name": "pebble-web", "repository": CHARTS, "version": "0.1.0"}, oci).charts
    assert (web.digest, web.size) == (Digest.sha256(WEB_CHART), len(WEB_CHART))
    assert web.url == f"{CHARTS}/pebble-web-0.1.0.tgz"
    assert (api.name, api.repository, api.url) == ("pebble-api", f"oci://{HOST}/charts", "")
    assert (api.digest, api.size) == (Digest.sha256(API_CHART), len(API_CHART))
    assert store.read(web.digest) == WEB_CHART


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        ({"name": "pebble-wob", "repository": CHARTS, "version": "1"}, "nearest: pebble-web"),
        ({"name": "pebble-web", "repository": CHARTS, "version": "0.1.1"}, "nearest: 0.1.0"),
        ({"oci": f"oci://{HOST}/charts/pebble-api", "version": "0.2.1"}, "nearest: 0.2.0"),
    ],
)
def test_an_absent_chart_version_is_told_with_the_nearest(
    chart: dict[str, str], message: str, charts: Callable[..., ChartsLock]
) -> None:
    with pytest.raises(InputError, match=message):
        charts(chart)


def test_an_absent_chart_repository_is_named(charts: Callable[..., ChartsLock]) -> None:
    with pytest.raises(UpstreamError, match="404"):
        charts({"name": "a", "repository": "http://standin.test/none", "version": "1"})
    with pytest.raises(UpstreamError, match="404"):
        charts({"oci": f"oci://{HOST}/charts/none", "version": "1"})


def test_a_chart_that_is_not_what_its_index_says_is_refused(
    charts: Callable[..., ChartsLock], upstream: Upstream
) -> None:
    upstream.faults.flip("/small/charts/*.tgz", offset=20)
    chart = {"name": "pebble-web", "repository": CHARTS, "version": "0.1.0"}
    with pytest.raises(VerificationError, match="other bytes than its repository's index says"):
        charts(chart)
    upstream.faults.clear()
    assert charts(chart).charts[0].digest == Digest.sha256(WEB_CHART)


def test_an_image_is_no_chart(charts: Callable[..., ChartsLock]) -> None:
    with pytest.raises(VerificationError, match="is no chart"):
        charts({"oci": f"oci://{HOST}/demo/web", "version": "1.0"})


def test_a_file_with_a_checksum_is_not_downloaded(files: Callable[..., FilesLock], upstream: Upstream) -> None:
    checksum = str(Digest.sha256(BLOB))
    (blob,) = files(files={"urls": [{"url": f"{FILES}/blob.bin", "checksum": checksum}]}).files
    assert (blob.filename, str(blob.checksum), blob.size) == ("standin.test/small/files/blob.bin", checksum, len(BLOB))
    assert [request.method for request in upstream.requests] == ["HEAD"]


def test_a_file_without_one_is_taken_into_the_store(files: Callable[..., FilesLock], store: Store) -> None:
    (blob,) = files(files={"urls": [{"url": f"{FILES}/blob.bin"}]}).files
    assert store.read(blob.checksum) == BLOB


def test_what_was_taken_is_not_taken_again_while_it_is_the_same(
    files: Callable[..., FilesLock], upstream: Upstream, store: Store
) -> None:
    urls = {"files": {"urls": [{"url": f"{FILES}/blob.bin"}]}}
    first = files(**urls)
    upstream.forget_requests()
    assert files(**urls) == first
    assert [request.method for request in upstream.requests] == ["HEAD"]
    store.path(first.files[0].checksum).write_bytes(b"rot")
    assert files(**urls) == first
    assert store.read(first.files[0].checksum) == BLOB


def test_what_changed_upstream_is_taken_anew(files: Callable[..., FilesLock], upstream: Upstream) -> None:
    urls = {"files": {"urls": [{"url": f"{FILES}/blob.bin"}]}}
    files(**urls)
    upstream.faults.replace("/small/files/blob.bin", b"another file")
    assert files(**urls).files[0].checksum == Digest.sha256(b"another file")


def test_a_sha512_is_compared_and_a_sha256_locked(files: Callable[..., FilesLock]) -> None:
    import hashlib

    good = f"sha512:{hashlib.sha512(BLOB).hexdigest()}"
    (blob,) = files(files={"urls": [{"url": f"{FILES}/blob.bin", "checksum": good}]}).files
    assert blob.checksum == Digest.sha256(BLOB)
    with pytest.raises(VerificationError, match="other bytes than the manifest says"):
        files(files={"urls": [{"url": f"{FILES}/blob.bin", "checksum": f"sha512:{'0' * 128}"}]})


def test_the_base_iso_and_playbooks_are_files_of_their_own_kind(files: Callable[..., FilesLock]) -> None:
    project = {"name": "web", "url": f"{CHARTS}/pebble-web-0.1.0.tgz"}
    found = files(base={"iso": f"{FILES}/blob.bin"}, playbooks=[project]).files
    places = {("base", "blob.bin"), ("playbook", "web/pebble-web-0.1.0.tgz")}
    assert {(file.kind, file.filename) for file in found} == places


def test_a_missing_file_is_named(files: Callable[..., FilesLock]) -> None:
    with pytest.raises(Faults) as caught:
        files(files={"urls": [{"url": f"{FILES}/none"}, {"url": f"{FILES}/neither", "checksum": f"sha256:{'0' * 64}"}]})
    assert sorted(fault.where for fault in caught.value.faults) == [f"{FILES}/neither", f"{FILES}/none"]


def test_requirements_are_resolved_to_hashed_wheels(files: Callable[..., FilesLock], tmp_path: Path) -> None:
    (wheel,) = files(python=python(tmp_path, "pebble-greet==1.0.0\n")).of_kind("wheel")
    body = next((SMALL / "pypi" / "packages").glob("*.whl")).read_bytes()
    assert wheel.filename == "pebble_greet-1.0.0-py3-none-any.whl"
    assert wheel.download_url.startswith("http://standin.test/small/pypi/")
    assert (wheel.checksum, wheel.size) == (Digest.sha256(body), len(body))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pebble-greet==9\n", "no wheel for pebble-greet==9 on Python 3.11, EL 8, x86_64"),
        ("nothing-at-all\n", "no wheel for nothing-at-all"),
        ("pebble-greet==1.0.0\npebble-greet!=1.0.0\n", "The user requested pebble-greet==1.0.0; The user requested"),
        ("not a requirement\n", "cannot be resolved"),
    ],
)
def test_requirements_that_cannot_be_met_are_named(
    text: str, message: str, files: Callable[..., FilesLock], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        files(python=python(tmp_path, text))
    assert caught.value.where == str(tmp_path / "requirements.txt")


def test_an_unreachable_index_is_an_error_of_the_upstream(http: HttpClient, store: Store, tmp_path: Path) -> None:
    index = PackageIndex(Mirrors({"standin.test": "127.0.0.1:9"}))
    with pytest.raises(UpstreamError, match="package index"):
        lock_files(manifest(python=python(tmp_path, "pebble-greet\n")), http, index, store)


def python(folder: Path, text: str) -> dict[str, str]:
    (folder / "requirements.txt").write_text(text)
    return {
        "requirements": str(folder / "requirements.txt"),
        "index": "http://standin.test/small/pypi/simple",
    }


def test_locks_say_the_same_each_time(images: Callable[..., ImagesLock], files: Callable[..., FilesLock]) -> None:
    content = {"images": refs("demo/api:1.0", "demo/web:1.0")}
    urls = {"files": {"urls": [{"url": f"{FILES}/notes.txt"}, {"url": f"{FILES}/blob.bin"}]}}
    assert json.dumps(images(**content).to_data()) == json.dumps(images(**content).to_data())
    assert json.dumps(files(**urls).to_data()) == json.dumps(files(**urls).to_data())


def test_an_image_reference_that_is_none_is_told_with_its_place(images: Callable[..., ImagesLock]) -> None:
    with pytest.raises(InputError) as caught:
        images(options={"a": {"images": {"refs": ["ok.test/a:1", "Not Ok"]}}})
    assert caught.value.where == "options.a.images.refs[1]"
