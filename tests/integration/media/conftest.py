"""Media that several tests look at: built once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.master import Mastered, master
from airlock_builder.stage import stage
from tests.integration.media import minibase
from tests.integration.media.material import Material, material


def build(made: Material, folder: Path, output: Path) -> Mastered:
    """Stage and master."""
    folder.mkdir(parents=True, exist_ok=True)
    return master(stage(made.manifest, made.locks, made.store, folder), output)


@pytest.fixture(scope="session")
def booting(tmp_path_factory: pytest.TempPathFactory) -> Mastered:
    """A medium on a base ISO."""
    root = tmp_path_factory.mktemp("booting")
    return build(material(root, base=minibase.build()), root / "staging", root / "burrito.iso")


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Mastered:
    """A medium without a base ISO, which does not boot."""
    root = tmp_path_factory.mktemp("plain")
    return build(material(root), root / "staging", root / "plain.iso")
