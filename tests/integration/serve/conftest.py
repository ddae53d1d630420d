"""What tests of loading share: images, and what a load leaves that nobody disturbs."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core import strict_yaml
from airlock_core.locks.images import ImagesLock
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage
from tests.integration.serve.loads import SIZE, lock
from tests.registry_tar import Made, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Nine images of 24 MiB in all, three of them for two platforms, their lock beside them."""
    made = make(tmp_path_factory.mktemp("made"), images=9, size=SIZE)
    lock(made).write_text(strict_yaml.dumps(ImagesLock(made.images).to_data()))
    return made


@pytest.fixture(scope="session")
def clean(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a load leaves that nobody disturbs."""
    folder = tmp_path_factory.mktemp("clean")
    load(made.path, made.images, RegistryStorage(folder))
    return folder
