"""Loads as processes of their own, and what two of them left compared."""

from __future__ import annotations

import filecmp
import sys
from pathlib import Path

from tests.registry_tar import Made

ROOT = Path(__file__).parents[3]
SIZE = 24 << 20
"""Bytes of all layers of the made images."""


def lock(made: Made) -> Path:
    """The lock of a tarball."""
    return made.path.with_name("images.lock")


def words(made: Made, storage: Path, *more: str) -> list[str]:
    """The command that loads a tarball."""
    return [sys.executable, "-m", "tests.load_process", str(made.path), str(lock(made)), str(storage), *more]


def assert_same(found: Path, clean: Path) -> None:
    """Both hold the same files with the same bytes."""
    assert _files(found) == _files(clean)
    _, differ, unread = filecmp.cmpfiles(found, clean, _files(clean), shallow=False)
    assert (differ, unread) == ([], [])


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
