"""Starts the stand-in's servers and says how to reach them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.standin.images import push, registry, storage
from tests.standin.upstream import files, forward, routes
from tests.standin.upstream.faults import Faults
from tests.standin.upstream.requests import Request
from tests.standin.upstream.server import FaultyServer, serve

HTTP_HOST = "standin.test"
REGISTRY_HOST = "registry.standin.test"


@dataclass(frozen=True)
class Upstream:
    """The running stand-in. Manifests and locks name its hosts; mirrors say where they are on this machine."""

    file_server: FaultyServer
    images: registry.Registry

    @classmethod
    @contextmanager
    def start(
        cls,
        state: Path,
        *,
        big: bool = True,
        extra: Mapping[str, Path] | None = None,
    ) -> Iterator["Upstream"]:
        """Run the servers while the block runs; their files are in ``state``, where the registry's content stays.

        ``big`` serves the whole of Pebble, which is made first where the cache lacks it; without it only what is
        committed and the images. ``extra`` maps further URL prefixes to folders or files.
        """
        served = {**routes.small(), **(routes.pebble() if big else {}), **(extra or {})}
        seed = storage.build()
        with serve(files.source(served)) as server, registry.serve(state / "registry", seed=seed) as images:
            yield cls(server, images)

    @property
    def http(self) -> str:
        """HOST:PORT of the file server."""
        return self.file_server.address

    @property
    def registry(self) -> str:
        """HOST:PORT of the registry."""
        return self.images.address

    @property
    def mirrors(self) -> dict[str, str]:
        """Where each of the stand-in's hosts is: host to HOST:PORT."""
        return {HTTP_HOST: self.http, REGISTRY_HOST: self.registry}

    @property
    def mirror_args(self) -> list[str]:
        """The options by which ``airlock`` finds the stand-in."""
        return mirror_args(self.mirrors)

    @property
    def faults(self) -> Faults:
        """The faults of the file server."""
        return self.file_server.faults

    @property
    def requests(self) -> list[Request]:
        """What the file server was asked so far."""
        return self.file_server.log.all()

    def forget_requests(self) -> None:
        """Empty the log of requests."""
        self.file_server.log.clear()

    @contextmanager
    def faulty_registry(self) -> Iterator[FaultyServer]:
        """Give the registry a second address, with ``faults`` and a ``log`` of its own, for reading alone.

        To fetch through it: ``mirror_args({**up.mirrors, REGISTRY_HOST: faulty.address})``.
        """
        with serve(forward.source(self.registry)) as server:
            yield server

    def push_archive(self, archive: Path, reference: str) -> None:
        """Push a docker-archive, gzipped or not, into the registry as ``reference`` (repository:tag)."""
        push.push_archive(archive, self.registry, reference)

    def push_layout(self, layout: Path, tag: str, repository: str) -> None:
        """Push ``tag`` of an OCI layout into the registry as repository:tag, all platforms."""
        push.push_layout(layout, tag, self.registry, repository)


def mirror_args(mirrors: Mapping[str, str]) -> list[str]:
    """Return ``--mirror HOST=HOST:PORT`` for each of ``mirrors``."""
    return [word for host, address in mirrors.items() for word in ("--mirror", f"{host}={address}")]
