"""Images of archives on disk, by the real program: locked by digest, fetched, carried, read at the site by name."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from airlock_core import media
from airlock_core.locks import LockedImage, ReleaseLocks
from tests import realdata
from tests.integration.cli.airlock import Airlock
from tests.integration.images.written import NAME, PACKINGS, Archives, entry, image, saved
from tests.standin.images import layout
from tests.standin.run import run

pytestmark = [pytest.mark.integration, pytest.mark.long]

SITE_NAME = "array/driver:2.1"


def ask(airlock: Airlock, *archives: Any, **more: Any) -> Path:
    return airlock.write({"images": {"archives": list(archives), **more}})


def locked(airlock: Airlock, *archives: Any, **more: Any) -> tuple[LockedImage, ...]:
    airlock("lock", "-m", ask(airlock, *archives, **more))
    return ReleaseLocks.load(airlock.folder / "locks/release").images.images


def put(airlock: Airlock, data: bytes, name: str = "vendor/driver.tar") -> str:
    path = airlock.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


@pytest.mark.parametrize("kind", ["docker", "oci"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_an_archive_of_any_kind_and_packing_is_carried_to_the_site(
    alone: Airlock, archives: Archives, kind: str, packing: str, tmp_path: Path
) -> None:
    data = PACKINGS[packing](archives.plain[kind])
    (one,) = locked(alone, put(alone, data, f"vendor/driver.tar{packing}"))
    assert one.site_name == SITE_NAME
    assert one.archive is not None
    assert one.archive.path == f"vendor/driver.tar{packing}"
    assert one.archive.checksum.hex == hashlib.sha256(data).hexdigest()
    alone("fetch", "-m", "release.yaml")
    alone("build", "iso", "-m", "release.yaml", "-o", tmp_path / "one.iso")
    registry = tmp_path / "registry.tar"
    run("osirrox", "-no_rc", "-indev", tmp_path / "one.iso", "-extract", f"/{media.REGISTRY_TAR}", registry)
    read = run("skopeo", "inspect", "--raw", f"oci-archive:{registry}:{SITE_NAME}").encode()
    assert f"sha256:{hashlib.sha256(read).hexdigest()}" == str(one.digest)
    run("skopeo", "--insecure-policy", "copy", f"oci-archive:{registry}:{SITE_NAME}", f"dir:{tmp_path}/copied")


@pytest.mark.parametrize("kind", ["docker", "oci"])
def test_the_image_is_the_one_that_skopeo_reads(alone: Airlock, archives: Archives, kind: str, tmp_path: Path) -> None:
    name = put(alone, archives.plain[kind])
    (one,) = locked(alone, name)
    alone("fetch", "-m", "release.yaml")
    manifest = json.loads((alone.store / "blobs/sha256" / one.digest.hex).read_bytes())
    config = (alone.store / "blobs/sha256" / manifest["config"]["digest"].partition(":")[2]).read_bytes()
    theirs = run("skopeo", "inspect", "--config", "--raw", f"{kind}-archive:{alone.folder / name}:{NAME}").encode()
    assert config == theirs
    diffs = json.loads(config)["rootfs"]["diff_ids"]
    layers = [(alone.store / "blobs/sha256" / layer["digest"][7:]).read_bytes() for layer in manifest["layers"]]
    assert ["sha256:" + hashlib.sha256(unpacked(layer)).hexdigest() for layer in layers] == diffs


def unpacked(layer: bytes) -> bytes:
    return gzip.decompress(layer) if layer.startswith(b"\x1f\x8b") else layer


def test_an_index_keeps_its_digest_where_both_platforms_are_asked_for(alone: Airlock, archives: Archives) -> None:
    (one,) = locked(alone, put(alone, archives.both), platforms=["linux/amd64", "linux/arm64"])
    assert str(one.digest) == archives.both_digest
    alone("fetch", "-m", "release.yaml")


def test_of_an_index_one_platform_is_taken_by_its_own_digest(alone: Airlock, archives: Archives) -> None:
    (one,) = locked(alone, put(alone, archives.both))
    assert (str(one.digest), str(one.index)) == (archives.digest, archives.both_digest)


def test_a_platform_that_is_not_there_is_told_with_those_that_are(alone: Airlock, archives: Archives) -> None:
    manifest = ask(alone, put(alone, archives.both), platforms=["linux/s390x"])
    ran = alone("lock", "-m", manifest, expect=3)
    assert "images.archives[0]" in ran.err
    assert "not there for linux/s390x; only for linux/amd64, linux/arm64" in ran.err


def test_an_image_without_a_name_is_named_by_the_manifest(alone: Airlock, tmp_path: Path) -> None:
    name = put(alone, nameless(tmp_path))
    ran = alone("lock", "-m", ask(alone, name), expect=3)
    assert "release.yaml: images.archives[0]: vendor/driver.tar: the archive gives no name" in ran.err
    assert f"name it: {{archive: {name}, name: repository:tag}}" in ran.err
    (one,) = locked(alone, {"archive": name, "name": "quay.io/array/driver:3"})
    assert (one.ref.host, one.site_name) == ("quay.io", "array/driver:3")


def nameless(folder: Path) -> bytes:
    """As `skopeo copy … oci-archive:FILE` writes it: no reference at all."""
    layout.write(folder / "layout", "one", [image("amd64")])
    run("skopeo", "--insecure-policy", "copy", f"oci:{folder}/layout:one", f"oci-archive:{folder}/nameless.tar")
    return (folder / "nameless.tar").read_bytes()


def test_two_images_of_one_name_and_other_bytes_are_refused(alone: Airlock, archives: Archives, tmp_path: Path) -> None:
    other = layout.Image("amd64", [{"etc/other": b"other"}], ["/x"])
    layout.write(tmp_path / "other", NAME, [other])
    with tarfile.open(alone.folder / "c.tar", "w") as archive:
        archive.add(tmp_path / "other", ".")
    ran = alone("lock", "-m", ask(alone, put(alone, archives.plain["oci"]), "c.tar"), expect=3)
    assert f"several images would be {SITE_NAME} at the site" in ran.err


def test_the_same_image_of_two_archives_is_locked_once(alone: Airlock, archives: Archives) -> None:
    data = archives.plain["oci"]
    assert len(locked(alone, put(alone, data, "a.tar"), put(alone, data, "b.tar"))) == 1


def test_a_layer_that_is_a_link_to_another_images_is_taken_from_there(alone: Airlock) -> None:
    """`docker save` of several images before Docker 25: ID/layer.tar of the second links to that of the first."""
    link = entry("two/layer.tar", tarfile.SYMTYPE, "../one/layer.tar")
    put(alone, saved({"made/one:1": "one/layer.tar", "made/two:1": "two/layer.tar"}, link), "saved.tar")
    assert [one.site_name for one in locked(alone, "saved.tar")] == ["made/one:1", "made/two:1"]
    alone("fetch", "-m", "release.yaml")


def test_another_archive_than_was_locked_is_refused(alone: Airlock, archives: Archives) -> None:
    name = put(alone, archives.plain["docker"])
    locked(alone, name)
    put(alone, archives.plain["oci"])
    ran = alone("fetch", "-m", "release.yaml", expect=4)
    assert f"{name}: another archive than is locked" in ran.err


def test_the_reason_of_a_change_is_the_archive_and_no_tag(alone: Airlock, archives: Archives) -> None:
    name = put(alone, archives.plain["docker"])
    locked(alone, name)
    put(alone, archives.plain["oci"])
    ran = alone("lock", "--check", "-m", "release.yaml", expect=7)
    assert "its archive has another image of that name" in ran.err


def test_an_image_that_the_manifest_names_is_asked_after(alone: Airlock, tmp_path: Path) -> None:
    locked(alone, {"archive": put(alone, nameless(tmp_path)), "name": "quay.io/array/driver:3"})
    ran = alone("why", "array/driver:3", "-m", "release.yaml")
    assert "release.yaml: images.archives[0]" in ran.out


def test_what_is_in_the_store_needs_no_archive_any_more(alone: Airlock, archives: Archives) -> None:
    name = put(alone, archives.plain["docker"])
    locked(alone, name)
    alone("fetch", "-m", "release.yaml")
    held = alone.with_store(alone.store.with_name("another"))
    manifest = alone.folder / "release.yaml"
    alone("fetch", "-m", manifest, "--offline")
    put(alone, b"")
    assert "0 fetched" in alone("fetch", "-m", manifest).out
    assert "another archive" in held("fetch", "-m", manifest, expect=4).err


def test_a_lock_is_the_same_wherever_it_is_made(alone: Airlock, archives: Archives, tmp_path: Path) -> None:
    first = locked(alone, put(alone, archives.plain["docker"]))
    (tmp_path / "elsewhere").mkdir()
    there = Airlock(tmp_path / "elsewhere", tmp_path / "other")
    assert locked(there, put(there, archives.plain["docker"])) == first
    alone("lock", "--check", "-m", "release.yaml")


def test_what_stands_in_no_registry_is_not_exported(alone: Airlock, archives: Archives, tmp_path: Path) -> None:
    locked(alone, put(alone, archives.plain["oci"]))
    ran = alone("lock", "--export", tmp_path / "export", "-m", "release.yaml", expect=3)
    assert "is in no registry that another tool could ask: it comes from vendor/driver.tar" in ran.err


def test_alpine_as_docker_saved_it_keeps_its_configuration_and_layer(alone: Airlock) -> None:
    archive = realdata.folder("images") / "images/alpine-3.11.docker-archive.tar.gz"
    (one,) = locked(alone, put(alone, archive.read_bytes(), archive.name))
    assert str(one.ref.name) == "docker.io/library/alpine"
    alone("fetch", "-m", "release.yaml")
    blobs = {path.name for path in (alone.store / "blobs/sha256").iterdir()}
    assert {
        "a187dde48cd289ac374ad8539930628314bc581a481cdb41409c9289419ddb72",
        "beee9f30bc1f711043e78d4a2be0668955d4b761d587d6f60c2c8dc081efb203",
    } < blobs


def test_docker_25_archives_without_a_name_are_read_too(alone: Airlock) -> None:
    data = realdata.folder("images") / "images/hello-world-v25.tar"
    entry = {"archive": put(alone, data.read_bytes()), "name": "hello:25"}
    (one,) = locked(alone, entry, platforms=["linux/arm64"])
    assert one.site_name == "library/hello:25"
