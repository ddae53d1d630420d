"""Power cut while images are loaded: each is then whole and visible or not visible, and the next load ends alike."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from airlock_core.locks.images import LockedImage
from airlock_installer.serve.contents import Documents
from airlock_installer.serve.inspect import inspect
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage
from tests.integration.serve.loads import ROOT, assert_same, words
from tests.powercut import Record, mounted, record
from tests.registry_tar import Made
from tests.soak import cases

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount file systems"),
    pytest.mark.skipif(shutil.which("qemu-storage-daemon") is None, reason="qemu-storage-daemon is not installed"),
]
SEED = 61


@pytest.fixture(scope="module", params=["ext4", "xfs"])
def loading(request: pytest.FixtureRequest, made: Made, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """All that a load writes to a disk, up to the end of its process."""

    def work(root: Path) -> None:
        subprocess.run(words(made, root / "storage"), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    return record(tmp_path_factory.mktemp("disk"), request.param, work)


@pytest.mark.soak
def test_image_is_whole_or_not_visible_wherever_the_power_is_cut(
    loading: Record, made: Made, clean: Path, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    for count in chance.sample(range(len(loading.writes)), cases(4, 50)):
        loading.cut(count, chance, tmp_path / "image")
        with mounted(tmp_path / "image", tmp_path / "mounted") as root:
            storage = RegistryStorage(root / "storage")
            found = inspect(made.images, storage, deep=True)
            assert found.damaged == ()
            tagged = {image.site_name for image in made.images if tag(image, storage).exists()}
            assert not tagged & {lack.image for lack in found.lacking}
            assert all(whole(image, storage) for image in made.images if visible(image, storage))
            load(made.path, made.images, storage)
            assert_same(storage.root, clean)


def tag(image: LockedImage, storage: RegistryStorage) -> Path:
    """The last link that an image gets."""
    return storage.tag_link(image.ref.repository, str(image.tag))


def visible(image: LockedImage, storage: RegistryStorage) -> bool:
    """Whether the registry would try to serve an image, by its tag or, what comes a moment before, by its digest."""
    links = (tag(image, storage), storage.manifest_link(image.ref.repository, image.digest))
    return any(link.exists() for link in links)


def whole(image: LockedImage, storage: RegistryStorage) -> bool:
    """Whether all that an image consists of is there, and in its repository."""
    documents, repository = Documents([image]), image.ref.repository
    while missing := documents.missing():
        for digest in missing:
            documents.add(digest, storage.blob(digest).read_bytes())
    content = documents.contents(image)
    links = [storage.manifest_link(repository, manifest.digest) for manifest in content.manifests]
    links += [storage.layer_link(repository, layer) for manifest in content.manifests for layer in manifest.layers]
    blobs = all(storage.has(digest, size) for digest, size in content.sizes.items())
    return blobs and all(link.is_file() for link in links)


def test_all_is_there_when_the_power_is_cut_as_soon_as_a_load_has_ended(
    loading: Record, made: Made, clean: Path, tmp_path: Path
) -> None:
    loading.cut(len(loading.writes), random.Random(SEED), tmp_path / "image")
    with mounted(tmp_path / "image", tmp_path / "mounted") as root:
        shutil.rmtree(root / "storage/incoming", ignore_errors=True)
        assert_same(root / "storage", clean)
