"""registry.tar into the registry's storage."""

import io
import json
import os
import stat
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import MachineError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks.images import Attachment, LockedImage
from airlock_core.progress import Event, Outset
from airlock_installer.serve.load import load
from airlock_installer.serve.status import Images, stored
from airlock_installer.serve.storage import RegistryStorage

LAYER, CONFIG = b"layer" * 100, b"{}"


def _manifest(layer: bytes = LAYER, size: int | None = None) -> bytes:
    def entry(kind: str, data: bytes, size: int | None = None) -> dict[str, object]:
        return {"mediaType": kind, "digest": str(Digest.sha256(data)), "size": len(data) if size is None else size}

    body = {
        "schemaVersion": 2,
        "mediaType": oci.OCI_MANIFEST,
        "config": entry("application/vnd.oci.image.config.v1+json", CONFIG),
        "layers": [entry("application/vnd.oci.image.layer.v1.tar", layer, size)],
    }
    return json.dumps(body).encode()


@dataclass(frozen=True)
class Made:
    """An image with one layer."""

    manifest: bytes
    locked: LockedImage


def _image(name: str, layer: bytes, claimed: int | None = None) -> Made:
    """An image ``far.test/demo/NAME:1.0``; ``claimed`` is the layer's size by the manifest."""
    manifest = _manifest(layer, claimed)
    ref = ImageRef.parse(f"far.test/demo/{name}").at(Digest.sha256(manifest))
    return Made(manifest, LockedImage(ref, "1.0", ("linux/amd64",), 1))


WEB = _image("web", LAYER)
MANIFEST, IMAGES = WEB.manifest, (WEB.locked,)


def _archive(path: Path, blobs: dict[bytes, bytes] | None = None, images: tuple[Made, ...] = (WEB,)) -> Path:
    """An image layout; ``blobs`` maps what a blob's name is made from to what it holds."""
    chosen = blobs if blobs is not None else {data: data for data in (MANIFEST, CONFIG, LAYER)}
    index = {"manifests": [{"digest": str(Digest.sha256(image.manifest))} for image in images]}
    files = {"oci-layout": b"{}", "index.json": json.dumps(index).encode()}
    files |= {f"blobs/sha256/{Digest.sha256(name).hex}": data for name, data in chosen.items()}
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_what_is_attached_to_images_is_counted_apart_from_them(tmp_path: Path) -> None:
    signature = _image("web", b"signature")
    about = Attachment("signature", WEB.locked.digest, (WEB.locked.digest,), "cosign-tag")
    attached = replace(signature.locked, tag="sha256-1.sig", attachment=about)
    blobs = {data: data for data in (MANIFEST, signature.manifest, CONFIG, LAYER, b"signature")}
    archive = _archive(tmp_path / "registry.tar", blobs, (WEB, signature))
    outsets: list[Event] = []
    locked, storage = (WEB.locked, attached), RegistryStorage(tmp_path / "storage")
    loaded = load(archive, locked, storage, outsets.append)
    assert (loaded.images, loaded.attached, loaded.new) == (1, 1, 2)
    assert stored(locked, storage, deep=True) == Images(1, (), (), (), deep=True, attached=1)
    assert [event.files for event in outsets if isinstance(event, Outset)] == [1]


def test_blobs_layers_manifest_and_tag_are_written_as_the_registry_expects(tmp_path: Path) -> None:
    loaded = load(_archive(tmp_path / "registry.tar"), IMAGES, RegistryStorage(tmp_path / "storage"))
    assert (loaded.images, loaded.blobs) == (1, 3)
    base = tmp_path / "storage/docker/registry/v2"
    digest = Digest.sha256(MANIFEST)
    assert (base / f"blobs/sha256/{digest.hex[:2]}/{digest.hex}/data").read_bytes() == MANIFEST
    tag = base / "repositories/demo/web/_manifests/tags/1.0/current/link"
    assert tag.read_text() == str(digest)
    layer = base / f"repositories/demo/web/_layers/sha256/{Digest.sha256(LAYER).hex}/link"
    assert layer.is_file()


def test_second_load_writes_nothing(tmp_path: Path) -> None:
    archive, storage = _archive(tmp_path / "registry.tar"), RegistryStorage(tmp_path / "storage")
    load(archive, IMAGES, storage)
    assert load(archive, IMAGES, storage).written == 0


def test_altered_blob_is_named_and_gets_no_final_name(tmp_path: Path) -> None:
    altered = {MANIFEST: MANIFEST, CONFIG: CONFIG, LAYER: LAYER.replace(b"y", b"z", 1)}
    storage = RegistryStorage(tmp_path / "storage")
    with pytest.raises(VerificationError) as caught:
        load(_archive(tmp_path / "registry.tar", altered), IMAGES, storage)
    assert Digest.sha256(LAYER).hex in str(caught.value)
    assert not storage.blob(Digest.sha256(LAYER)).exists()
    assert not list((tmp_path / "storage").rglob("tags"))


def test_altered_blob_is_said_to_be_where_it_stands_and_who_needs_it(tmp_path: Path) -> None:
    altered = {MANIFEST: MANIFEST, CONFIG: CONFIG, LAYER: LAYER.replace(b"y", b"z", 1)}
    archive = _archive(tmp_path / "registry.tar", altered)
    with tarfile.open(archive) as tar:
        offset = tar.getmember(f"blobs/sha256/{Digest.sha256(LAYER).hex}").offset_data
    with pytest.raises(VerificationError) as caught:
        load(archive, IMAGES, RegistryStorage(tmp_path / "storage"))
    assert caught.value.where == f"{archive}: byte {offset}"
    assert "needed by demo/web:1.0" in caught.value.why


def test_damaged_blob_keeps_no_other_image_from_being_served(tmp_path: Path) -> None:
    good, bad = _image("good", b"good layer"), _image("bad", b"bad layer")
    blobs = {data: data for data in (good.manifest, bad.manifest, CONFIG, b"good layer")} | {b"bad layer": b"rotten!!!"}
    storage = RegistryStorage(tmp_path / "storage")
    archive = _archive(tmp_path / "r.tar", blobs, images=(good, bad))
    with pytest.raises(VerificationError, match="altered"):
        load(archive, (good.locked, bad.locked), storage)
    tags = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("current/link"))
    assert tags == ["storage/docker/registry/v2/repositories/demo/good/_manifests/tags/1.0/current/link"]


def test_blob_that_lost_its_end_in_the_storage_is_written_again(tmp_path: Path) -> None:
    archive, storage = _archive(tmp_path / "registry.tar"), RegistryStorage(tmp_path / "storage")
    load(archive, IMAGES, storage)
    storage.blob(Digest.sha256(LAYER)).write_bytes(LAYER[:10])
    assert load(archive, IMAGES, storage).written == len(LAYER)
    assert storage.blob(Digest.sha256(LAYER)).read_bytes() == LAYER


def test_nothing_stays_aside(tmp_path: Path) -> None:
    storage = RegistryStorage(tmp_path / "storage")
    (storage.root / "incoming").mkdir(parents=True)
    (storage.root / "incoming/sha256-0").write_bytes(b"of a load that was killed")
    load(_archive(tmp_path / "registry.tar"), IMAGES, storage)
    assert [path.name for path in storage.root.iterdir()] == ["docker"]


def test_folders_and_files_can_be_read_by_the_registry_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        load(_archive(tmp_path / "registry.tar"), IMAGES, RegistryStorage(tmp_path / "storage"))
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "storage").rglob("*")}
    assert modes == {0o755, 0o644}


def test_missing_layer_is_named(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "registry.tar", {MANIFEST: MANIFEST, CONFIG: CONFIG})
    with pytest.raises(VerificationError, match=Digest.sha256(LAYER).hex):
        load(archive, IMAGES, RegistryStorage(tmp_path / "storage"))


def test_image_that_the_archive_does_not_hold_is_named(tmp_path: Path) -> None:
    other = _image("other", b"other layer")
    with pytest.raises(VerificationError, match=r"far\.test/demo/other@sha256:"):
        load(_archive(tmp_path / "r.tar"), (*IMAGES, other.locked), RegistryStorage(tmp_path / "storage"))


def test_lack_of_space_is_said_with_its_amount_before_anything_is_written(tmp_path: Path) -> None:
    huge = _image("huge", LAYER, claimed=1 << 60)
    storage = RegistryStorage(tmp_path / "storage")
    archive = _archive(tmp_path / "r.tar", {data: data for data in (huge.manifest, CONFIG, LAYER)}, images=(huge,))
    with pytest.raises(MachineError, match=r"1048576\.0 TiB are needed, .* are free, .* lack"):
        load(archive, (huge.locked,), storage)
    assert not list(storage.root.rglob("data"))


def test_medium_that_went_away_is_said_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as caught:
        load(tmp_path / "gone.tar", IMAGES, RegistryStorage(tmp_path / "storage"))
    assert caught.value.what == "the medium cannot be read"
    assert "is the medium still in?" in caught.value.todo


def test_cut_archive_is_refused(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "registry.tar")
    archive.write_bytes(archive.read_bytes()[:4700])
    with pytest.raises(VerificationError):
        load(archive, IMAGES, RegistryStorage(tmp_path / "storage"))
