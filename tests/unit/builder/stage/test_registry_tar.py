"""The plan of registry.tar: each blob once, and what the first steps need before all else."""

from __future__ import annotations

import io
import json
import tarfile
from io import FileIO
from pathlib import Path

import pytest

from airlock_builder.master import composing
from airlock_builder.stage import registry_tar
from airlock_builder.stage.inputs import StoreView
from airlock_builder.store import Store
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.iso import Extent, IsoFile
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.progress import silent
from airlock_core.tree import ComposedFile

BASE = b"a layer that all share"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def locked(store: Store, name: str, *, options: tuple[str, ...] = ()) -> LockedImage:
    """An image of two layers in the store: the base, and one of its own."""
    layers = [BASE, f"the layer of {name}".encode()]
    body = {"config": blob(store, f"config of {name}".encode()), "layers": [blob(store, layer) for layer in layers]}
    raw = json.dumps({"schemaVersion": 2, "mediaType": oci.OCI_MANIFEST, **body}).encode()
    return LockedImage(ImageRef.parse(name).at(store.add(raw)), "1", ("linux/amd64",), 0, options)


def blob(store: Store, data: bytes) -> dict[str, object]:
    return {"mediaType": "application/octet-stream", "digest": str(store.add(data)), "size": len(data)}


def written(images: list[LockedImage], store: Store, first: list[str] | None = None) -> tarfile.TarFile:
    """The archive as a reader finds it."""
    plan = registry_tar.archive(ImagesLock(tuple(images)), StoreView(store), epoch=1, first=first or [])
    digest, raw = composed(plan, store.root / "registry.tar")
    assert digest == Digest.sha256(raw)
    assert plan.size == len(raw)
    return tarfile.open(fileobj=io.BytesIO(raw))


def composed(plan: ComposedFile, path: Path) -> tuple[Digest, bytes]:
    """The digest that is told, and what is written into a file in two places, the second before the first."""
    half = plan.size // 2
    place = IsoFile(plan.path, (Extent(plan.size, half), Extent(0, plan.size - half)))
    with FileIO(path, "w+b") as file:
        digest = composing.compose(plan, file, place, silent)
    raw = path.read_bytes()
    return digest, raw[plan.size :] + raw[: plan.size - half]


def own_layers(archive: tarfile.TarFile) -> list[str]:
    """The images whose own layers come, in order."""
    found = [archive.extractfile(member) for member in archive.getmembers() if member.name.startswith("blobs/")]
    texts = [file.read().decode() for file in found if file]
    return [text.removeprefix("the layer of ") for text in texts if text.startswith("the layer of ")]


def test_a_blob_that_images_share_is_there_once(store: Store) -> None:
    archive = written([locked(store, "one.test/a"), locked(store, "one.test/b")], store)
    assert len(archive.getnames()) == len(set(archive.getnames()))
    assert f"blobs/sha256/{Digest.sha256(BASE).hex}" in archive.getnames()


def test_what_is_first_comes_in_the_order_of_its_globs(store: Store) -> None:
    images = [locked(store, f"one.test/{name}") for name in ("a", "b", "c/d")]
    assert own_layers(written(images, store)) == ["one.test/a", "one.test/b", "one.test/c/d"]
    assert own_layers(written(images, store, ["one.test/c/*", "b:1"])) == ["one.test/c/d", "one.test/b", "one.test/a"]


def test_images_of_options_come_after_those_of_every_medium(store: Store) -> None:
    images = [locked(store, "one.test/a", options=("netapp",)), locked(store, "one.test/b")]
    assert own_layers(written(images, store)) == ["one.test/b", "one.test/a"]


def test_the_index_stands_first_and_in_one_order(store: Store) -> None:
    images = [locked(store, f"one.test/{name}") for name in ("a", "b")]
    archive = written(images, store, ["b:1"])
    assert archive.getnames()[:2] == ["index.json", "oci-layout"]
    index = json.load(archive.extractfile("index.json") or pytest.fail("no index"))
    assert [entry["annotations"][oci.REF_NAME] for entry in index["manifests"]] == ["a:1", "b:1"]


def test_a_blob_that_lacks_is_named_before_anything_is_written(store: Store) -> None:
    image = locked(store, "one.test/a")
    store.discard(Digest.sha256(BASE))
    with pytest.raises(InputError, match=str(Digest.sha256(BASE))):
        registry_tar.archive(ImagesLock((image,)), StoreView(store), epoch=1)


@pytest.mark.parametrize("damage", [b"", b"A" + BASE[1:], BASE + b"more"])
def test_a_blob_that_changes_while_it_is_written_is_named(store: Store, damage: bytes) -> None:
    plan = registry_tar.archive(ImagesLock((locked(store, "one.test/a"),)), StoreView(store), epoch=1)
    store.path(Digest.sha256(BASE)).write_bytes(damage)
    with pytest.raises(VerificationError, match=Digest.sha256(BASE).hex):
        composed(plan, store.root / "registry.tar")


def test_a_blob_that_changes_on_its_way_into_the_image_is_named(store: Store) -> None:
    plan = registry_tar.archive(ImagesLock((locked(store, "one.test/a"),)), StoreView(store), epoch=1)
    place = IsoFile(plan.path, (Extent(0, plan.size),))
    with FileIO(store.root / "registry.tar", "w+b") as file:
        composing.write(plan, file, place, silent)
        composing.verify(plan, file, place, silent)
        file.seek((store.root / "registry.tar").read_bytes().index(BASE))
        file.write(b"A")
        with pytest.raises(VerificationError, match=Digest.sha256(BASE).hex):
            composing.verify(plan, file, place, silent)
