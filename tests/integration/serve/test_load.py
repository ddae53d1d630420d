"""A load that is killed anywhere leaves no lie, and goes on to the same end; the real registry serves what it made."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_core import digest, oci
from airlock_core.digest import Digest
from airlock_core.errors import MachineError
from airlock_core.locks.images import LockedImage
from airlock_core.progress import Event, Step
from airlock_installer.serve.load import Loaded, load
from airlock_installer.serve.storage import RegistryStorage
from tests.integration.serve.loads import ROOT, SIZE, assert_same, words
from tests.registry_tar import Made
from tests.soak import cases
from tests.standin.images import registry
from tests.standin.run import run

pytestmark = pytest.mark.integration

SEED = 20265


def assert_no_lies(storage: Path) -> None:
    """Every blob that has its name is what that says, and every link leads to what is there whole."""
    root = storage / "docker/registry/v2"
    for data in root.glob("blobs/*/*/*/data"):
        assert digest.of_file(data).hex == data.parent.name
    for link in root.glob("repositories/**/link"):
        for needed in needs(RegistryStorage(storage), Digest.parse(link.read_text())):
            assert RegistryStorage(storage).blob(needed).is_file(), link


def needs(storage: RegistryStorage, name: Digest) -> Iterator[Digest]:
    """A blob and, of a manifest of one platform, its config and layers."""
    yield name
    path = storage.blob(name)
    if path.is_file() and path.stat().st_size < 10_000 and b"schemaVersion" in path.read_bytes():
        document = oci.parse(path.read_bytes(), where=str(path))
        yield from () if document.is_index else (child.digest for child in document.children)


@pytest.mark.soak
def test_load_killed_at_any_dealing_with_a_file_goes_on_to_the_same_end(
    made: Made, clean: Path, tmp_path: Path
) -> None:
    counted = subprocess.run(words(made, tmp_path / "n", "0"), cwd=ROOT, capture_output=True, check=True)
    events = json.loads(counted.stdout)["events"]
    for number, event in enumerate(random.Random(SEED).sample(range(1, events), cases(3, 30))):
        storage = tmp_path / str(number)
        killed = subprocess.run(words(made, storage, str(event)), cwd=ROOT, capture_output=True, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert_goes_on(made, storage, clean)


@pytest.mark.soak
def test_load_killed_at_any_time_goes_on_to_the_same_end(made: Made, clean: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for number in range(cases(3, 30)):
        storage = tmp_path / str(number)
        with subprocess.Popen(words(made, storage), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and not storage.exists():
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
        assert_goes_on(made, storage, clean)


def assert_goes_on(made: Made, storage: Path, clean: Path) -> None:
    assert_no_lies(storage)
    there = sum(path.stat().st_size for path in storage.glob("docker/registry/v2/blobs/*/*/*/data"))
    loaded = load(made.path, made.images, RegistryStorage(storage))
    assert loaded.written == made.size - there
    assert_same(storage, clean)


def test_real_registry_serves_every_image_with_its_digest_and_real_clients_take_it(
    made: Made, clean: Path, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/storage").symlink_to(clean)
    with registry.serve(tmp_path / "site") as site:
        for image in made.images:
            assert pulled(site.address, image, tmp_path / image.ref.repository) == image.digest


def pulled(address: str, image: LockedImage, folder: Path) -> Digest:
    """Have skopeo pull by tag, all platforms, every blob checked; the digest of the manifest or index."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = f"docker://{address}/{image.site_name}"
    run("skopeo", "--insecure-policy", "copy", "-q", "--all", "--src-tls-verify=false", source, f"dir:{folder}")
    return digest.of_file(folder / "manifest.json")


def test_image_is_pulled_while_others_are_not_loaded_yet(made: Made, tmp_path: Path) -> None:
    storage = RegistryStorage(tmp_path / "site/storage")
    storage.make()
    taken: list[Digest] = []
    guard = threading.Lock()
    with registry.serve(tmp_path / "site") as site:

        def pull(event: Event) -> None:
            with guard:
                if isinstance(event, Step) and not taken:
                    assert len(list(storage.root.rglob("current/link"))) < len(made.images)
                    taken.append(pulled(site.address, first(made, storage), tmp_path / "pulled"))

        load(made.path, made.images, storage, pull)
    assert len(taken) == 1


def first(made: Made, storage: RegistryStorage) -> LockedImage:
    """The image that is visible already."""
    return next(image for image in made.images if storage.tag_link(image.ref.repository, "1.0").is_file())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small tmpfs")
def test_disk_that_fills_up_says_how_much_lacks_and_the_load_goes_on_when_there_is_room(
    made: Made, clean: Path, tmp_path: Path
) -> None:
    run("mount", "-t", "tmpfs", "-o", f"size={SIZE + (17 << 20)}", "none", tmp_path)
    try:
        full = tmp_path / "full"
        with full.open("wb") as ballast:
            ballast.write(bytes(SIZE // 2))
        with pytest.raises(MachineError, match=r"40\.. MiB are needed, .* are free, .* lack"):
            load(made.path, made.images, RegistryStorage(tmp_path / "storage"))
        full.unlink()
        assert load(made.path, made.images, RegistryStorage(tmp_path / "storage")).images == len(made.images)
        assert_same(tmp_path / "storage", clean)
    finally:
        run("umount", tmp_path)


def test_disk_that_others_fill_meanwhile_says_how_much_lacks(made: Made, tmp_path: Path) -> None:
    storage, ballast = RegistryStorage(tmp_path / "storage"), tmp_path / "full"
    run("mount", "-t", "tmpfs", "-o", f"size={SIZE + (20 << 20)}", "none", tmp_path)

    def fill(event: Event) -> None:
        if not isinstance(event, Step):
            return
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            while file.write(bytes(1 << 20)):
                """Until nothing goes in."""

    try:
        with pytest.raises(MachineError, match=r"MiB are needed, .* are free, .* lack"):
            load(made.path, made.images, storage, fill)
        assert_no_lies(storage.root)
        ballast.unlink()
        loaded: Loaded = load(made.path, made.images, storage)
        assert 0 < loaded.new < len(made.images)
    finally:
        run("umount", tmp_path)
