"""Several mirrors of the stand-in's small repository, each with faults of its own, and a host that lists them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.repositories import Repositories, RepoSource
from tests import mirrormanager
from tests.mirrormanager import Version
from tests.standin.fixtures import SMALL
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve

REPO = SMALL / "rpms"
ROOT = "/os/repodata/repomd.xml"
LIST = "http://list.test/mirrors"


def base(name: str) -> str:
    """The base URL of a mirror."""
    return f"http://{name}.test/os"


@dataclass(frozen=True)
class Several:
    """The mirrors ``a``, ``b`` and ``c``.

    Args:
        servers: each by its name, and ``list``.
        folder: what they serve, each from a folder of its name, to be altered.
        cache: folder of a run's metadata.
    """

    servers: dict[str, FaultyServer]
    folder: Path
    cache: Path

    @property
    def mapping(self) -> dict[str, str]:
        """Where each host really is."""
        return {f"{name}.test": server.address for name, server in self.servers.items()}

    @contextmanager
    def client(self, *, offline: bool = False) -> Iterator[HttpClient]:
        """A client that finds them."""
        with HttpClient(Mirrors(self.mapping), offline=offline, attempts=2, pause=0.01) as http:
            yield http

    def reached(self, http: HttpClient, source: RepoSource) -> Repositories:
        """A run that begins, and knows one repository."""
        return Repositories(http, [source], self.cache, {"basearch": "x86_64"})

    def asked(self, *names: str) -> list[str]:
        """What each of these was asked, in order: ``a /os/…``."""
        return [f"{name} {request.path}" for name in names for request in self.servers[name].log.all()]

    def forget(self) -> None:
        """Empty the logs."""
        for server in self.servers.values():
            server.log.clear()

    def down(self, *names: str) -> None:
        """Let mirrors close every connection without an answer."""
        for name in names:
            self.servers[name].faults.drop("*")

    def list_plain(self, names: str) -> None:
        """Serve a list of mirrors in plain text, in the order of the letters."""
        (self.folder / "mirrors").write_text("".join(f"{base(name)}/\n" for name in names))

    def list_metalink(self, names: str, older: Sequence[bytes] = (), newest: bytes | None = None) -> None:
        """Serve a metalink, the preferred first."""
        body = newest or (REPO / "repodata/repomd.xml").read_bytes()
        urls = [mirrormanager.url(base(name), 100 - index) for index, name in enumerate(names)]
        versions = [Version(one, 1600000000 - index) for index, one in enumerate(older)]
        (self.folder / "mirrors").write_bytes(mirrormanager.xml(Version(body), urls, versions))


@contextmanager
def several(folder: Path) -> Iterator[Several]:
    """Serve while the block runs."""
    with ExitStack() as stack:
        servers = {}
        for name in "abc":
            shutil.copytree(REPO, folder / name)
            servers[name] = stack.enter_context(serve(files.source({"/os": folder / name})))
        servers["list"] = stack.enter_context(serve(files.source({"/mirrors": folder / "mirrors"})))
        yield Several(servers, folder, folder / "cache")
