"""The real program in a folder of its own, with archives that real tools wrote beside its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.images.vendor import HOST, Vendor
from tests.integration.images.written import Archives
from tests.standin.images import registry
from tests.standin.upstream import Upstream
from tests.standin.upstream.upstream import mirror_args


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


@pytest.fixture
def vendor(alone: Airlock, running_upstream: Upstream, tmp_path: Path) -> Iterator[Vendor]:
    """A registry of its own for each test, with the stand-in's images."""
    with registry.serve(tmp_path / "vendor", seed=running_upstream.images.storage) as running:
        yield Vendor(running.address, replace(alone, mirrors=tuple(mirror_args({HOST: running.address}))))
