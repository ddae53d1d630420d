"""The images that the tables are about: made once for each size, in the stand-in's cache."""

from __future__ import annotations

from pathlib import Path

from airlock_builder.stage import registry_tar
from airlock_builder.stage.inputs import StoreView
from airlock_builder.store import Store
from airlock_core import media, strict_yaml
from airlock_core.locks import ReleaseLocks
from airlock_core.locks.images import ImagesLock
from tests import registry_tar as making
from tests.registry_tar import Made
from tests.standin import cache


def images(mib: int, count: int) -> Made:
    """A registry.tar of images that share layers; their lock and the store that they are in stand beside it."""
    sources = (Path(__file__), Path(making.__file__), Path(registry_tar.__file__))
    key = cache.key_of(*sources, f"{mib} MiB, {count} images")
    folder = cache.artifact("bench-images", key, lambda folder: _make(folder, mib, count))
    locked = ImagesLock.from_data(strict_yaml.load(folder / "images.lock"))
    size = registry_tar.size(locked, StoreView(Store(folder / "store")))
    return Made(folder / media.REGISTRY_TAR, locked.images, size)


def lock(made: Made) -> Path:
    """The lock of a tarball."""
    return made.path.with_name("images.lock")


def store(made: Made) -> Path:
    """The store that its blobs came from."""
    return made.path.with_name("store")


def _make(folder: Path, mib: int, count: int) -> None:
    made = making.make(folder, images=count, size=mib << 20)
    ReleaseLocks(images=ImagesLock(made.images)).write(folder)
