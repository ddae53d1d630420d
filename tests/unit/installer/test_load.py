"""registry.tar into the registry's storage."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage

LAYER, CONFIG = b"layer" * 100, b"{}"


def _manifest() -> bytes:
    def entry(kind: str, data: bytes) -> dict[str, object]:
        return {"mediaType": kind, "digest": str(Digest.sha256(data)), "size": len(data)}

    body = {
        "schemaVersion": 2,
        "mediaType": oci.OCI_MANIFEST,
        "config": entry("application/vnd.oci.image.config.v1+json", CONFIG),
        "layers": [entry("application/vnd.oci.image.layer.v1.tar", LAYER)],
    }
    return json.dumps(body).encode()


MANIFEST = _manifest()
LOCK = ImagesLock(
    (LockedImage(ImageRef.parse("far.test/demo/web").at(Digest.sha256(MANIFEST)), "1.0", ("linux/amd64",), 1),)
)


def _archive(path: Path, blobs: dict[bytes, bytes] | None = None, extra: dict[str, bytes] | None = None) -> Path:
    """An image layout; ``blobs`` maps what a blob's name is made from to what it holds."""
    chosen = blobs if blobs is not None else {data: data for data in (MANIFEST, CONFIG, LAYER)}
    index = {"manifests": [{"digest": str(Digest.sha256(MANIFEST)), "size": len(MANIFEST)}]}
    files = {"oci-layout": b"{}", "index.json": json.dumps(index).encode(), **(extra or {})}
    files |= {f"blobs/sha256/{Digest.sha256(name).hex}": data for name, data in chosen.items()}
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_blobs_layers_manifest_and_tag_are_written_as_the_registry_expects(tmp_path: Path) -> None:
    loaded = load(_archive(tmp_path / "registry.tar"), LOCK, RegistryStorage(tmp_path / "storage"))
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
    load(archive, LOCK, storage)
    assert load(archive, LOCK, storage).written == 0


def test_altered_blob_is_named_and_gets_no_final_name(tmp_path: Path) -> None:
    altered = {MANIFEST: MANIFEST, CONFIG: CONFIG, LAYER: LAYER.replace(b"y", b"z", 1)}
    storage = RegistryStorage(tmp_path / "storage")
    with pytest.raises(VerificationError) as caught:
        load(_archive(tmp_path / "registry.tar", altered), LOCK, storage)
    assert Digest.sha256(LAYER).hex in str(caught.value)
    assert not storage.blob(Digest.sha256(LAYER)).exists()
    assert not list((tmp_path / "storage").rglob("tags"))


def test_missing_layer_is_named(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "registry.tar", {MANIFEST: MANIFEST, CONFIG: CONFIG})
    with pytest.raises(VerificationError, match=Digest.sha256(LAYER).hex):
        load(archive, LOCK, RegistryStorage(tmp_path / "storage"))


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "blobs/sha256/../../x"])
def test_archive_with_foreign_members_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VerificationError, match="no image layout has"):
        load(_archive(tmp_path / "r.tar", extra={name: b"x"}), LOCK, RegistryStorage(tmp_path / "storage"))


def test_cut_archive_is_refused(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "registry.tar")
    archive.write_bytes(archive.read_bytes()[:4700])
    with pytest.raises(VerificationError):
        load(archive, LOCK, RegistryStorage(tmp_path / "storage"))
