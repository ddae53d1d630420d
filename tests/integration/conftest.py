"""What integration tests share: the small stand-in upstream, and clients and a store that use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.store import Store
from tests.standin.upstream import Upstream


@pytest.fixture(scope="session")
def running_upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    """The small stand-in, started once; tests take it through ``upstream``."""
    with Upstream.start(tmp_path_factory.mktemp("upstream"), big=False) as up:
        yield up


@pytest.fixture
def upstream(running_upstream: Upstream) -> Iterator[Upstream]:
    """The small stand-in, without faults and with an empty log of requests."""
    running_upstream.faults.clear()
    running_upstream.forget_requests()
    yield running_upstream
    running_upstream.faults.clear()


@pytest.fixture
def http(upstream: Upstream) -> Iterator[HttpClient]:
    """A client that finds the stand-in, and does not wait long between attempts."""
    with HttpClient(Mirrors(upstream.mirrors), pause=0.01) as client:
        yield client


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")
