"""A file server and a Galaxy server that change, and the program that finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.cli.airlock import Airlock
from tests.standin.galaxy import Galaxy
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve
from tests.standin.upstream.upstream import mirror_args

HOST, GALAXY = "files.test", "galaxy.test"


@dataclass(frozen=True)
class Servers:
    """What is served: the folder by ``files``, and what Galaxy has by ``collections``."""

    folder: Path
    galaxy: Galaxy
    files: FaultyServer
    collections: FaultyServer

    def put(self, path: str, content: bytes | str) -> str:
        """Serve a file; its URL."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return f"http://{HOST}/{path}"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """Both servers, running."""
    folder = tmp_path / "served"
    folder.mkdir()
    galaxy = Galaxy()
    with serve(files.source({"": folder})) as one, serve(galaxy.source) as other:
        yield Servers(folder, galaxy, one, other)


@pytest.fixture
def airlock(servers: Servers, tmp_path: Path) -> Airlock:
    """The program in an empty folder with an empty store."""
    work = tmp_path / "work"
    work.mkdir()
    mirrors = {HOST: servers.files.address, GALAXY: servers.collections.address}
    return Airlock(work, tmp_path / "store", tuple(mirror_args(mirrors)))


def locked(airlock: Airlock) -> dict[str, dict[str, Any]]:
    """The entries of files.lock by file name."""
    data = yaml.safe_load((airlock.folder / "files.lock").read_text())
    return {one["filename"]: one for one in data["artifacts"]}
