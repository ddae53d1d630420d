"""What the tests of the RPM side share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_core.locks import RpmsLock
from tests.integration.rpms.signing import Signer, signer
from tests.repositories import reached
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve

ROOT = Path(__file__).parents[3]
PLATFORM = Platform(os="rocky", release="8.10")
Lock = Callable[..., RpmsLock]
Serve = Callable[[Path], tuple[FaultyServer, HttpClient]]


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder of real data that the project does not carry."""
    for place in (os.environ.get("AIRLOCK_TESTDATA"), ROOT.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            return Path(place)
    pytest.skip("no real data: set AIRLOCK_TESTDATA to the folder that holds rpms/rocky8, or put it at ../shared/data")


@pytest.fixture(scope="module")
def keys() -> Iterator[Signer]:
    """Makes keys and signs with them, in a home of this module's own."""
    with signer() as home:
        yield home


@pytest.fixture
def small() -> Repo:
    """The stand-in's small repository."""
    return Repo(id="small", baseurl=("http://standin.test/small/rpms",), gpgkey=(PUBLIC_KEY,), repo_gpgcheck=True)


@pytest.fixture
def lock(http: HttpClient, tmp_path: Path) -> Lock:
    """Locks a release's own part, and options by keyword, from the stand-in."""

    def locked(rpms: Rpms, **options: Rpms) -> RpmsLock:
        cache = tmp_path / "metadata"
        repositories = reached(http, cache, rpms, *options.values())
        return lock_rpms([(None, rpms), *options.items()], PLATFORM, repositories, cache)

    return locked


@pytest.fixture
def serving() -> Iterator[Serve]:
    """Serves a folder as http://real.test; gives the server, for faults, and a client that finds it."""
    with ExitStack() as stack:

        def start(folder: Path) -> tuple[FaultyServer, HttpClient]:
            server = stack.enter_context(serve(files.source({"": folder})))
            return server, stack.enter_context(HttpClient(Mirrors({"real.test": server.address}), pause=0.01))

        yield start
