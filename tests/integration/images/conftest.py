"""The real program in a folder of its own, with archives that real tools wrote beside its manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.images.written import Archives


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Archives of made images, as skopeo writes them."""
    return Archives.write(tmp_path_factory.mktemp("archives"))


@pytest.fixture
def alone(tmp_path: Path) -> Airlock:
    """The program in an empty folder with an empty store, and no upstream."""
    work = tmp_path / "work"
    work.mkdir()
    return Airlock(work, tmp_path / "store")
