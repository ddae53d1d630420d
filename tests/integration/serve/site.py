"""A deployer in a folder: a made medium that is mounted for real, and the two services as processes of ours."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from airlock_core import media, strict_yaml
from airlock_core.digest import Digest
from airlock_core.locks import RpmsLock
from airlock_core.locks.images import ImagesLock
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media import mount
from airlock_installer.serve import services, up
from airlock_installer.serve.client import RegistryClient
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.storage import RegistryStorage
from tests.registry_tar import Made
from tests.serve_process import Processes

EPOCH = 1700000000


@dataclass
class Site:
    """The deployer."""

    layout: Layout
    endpoints: Endpoints
    processes: Processes
    made: Made

    @property
    def storage(self) -> RegistryStorage:
        return RegistryStorage(self.layout.registry_storage)

    @property
    def client(self) -> RegistryClient:
        return RegistryClient(self.endpoints.registry, self.layout.ca_certificate)

    @property
    def address(self) -> str:
        """Where the registry is, by a name that its certificate has."""
        return f"localhost:{self.endpoints.registry}"

    @property
    def certificates(self) -> Path:
        """The folder with the CA for containers' tools."""
        return self.layout.root / f"etc/containers/certs.d/{self.address}"

    def up(self, *, deep: bool = False) -> up.Up:
        return up.up(self.layout, self.endpoints, frozenset(["localhost", "127.0.0.1"]), self.processes, deep=deep)


@contextmanager
def site(made: Made, within: Path | None = None) -> Iterator[Site]:
    """A deployer whose medium carries a made registry.tar; nothing is up yet.

    Args:
        within: an existing folder that all may enter, on the file system of ``made``; else where temporary files go.
    """
    with _open_folder(within) as folder, _deployer(folder, made) as found:
        yield found


@contextmanager
def _open_folder(within: Path | None) -> Iterator[Path]:
    """A folder that all may enter: nginx's workers are others, and pytest keeps others out of its folders."""
    with tempfile.TemporaryDirectory(prefix="airlock-site-", dir=within) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def _deployer(folder: Path, made: Made) -> Iterator[Site]:
    layout = Layout(folder / "root")
    _medium(folder / "medium", made)
    repo, registry, backend = _ports(3)
    endpoints = Endpoints("127.0.0.1", "localhost", repo, registry, backend)
    processes = Processes(layout)
    with ExitStack() as stack:
        layout.medium.mkdir(parents=True)
        (layout.root / "run").mkdir(exist_ok=True)
        (layout.root / "etc/yum.repos.d").mkdir(parents=True)
        mount.mount(layout, folder / "medium")
        stack.callback(mount.unmount, layout)
        for unit in (services.REGISTRY, services.REPO):
            stack.callback(processes.stop, unit)
        yield Site(layout, endpoints, processes, made)


def _medium(folder: Path, made: Made) -> None:
    (folder / media.LOCKS).mkdir(parents=True)
    (folder / media.KEYS).mkdir()
    try:
        os.link(made.path, folder / media.REGISTRY_TAR)
    except OSError:  # another file system
        shutil.copyfile(made.path, folder / media.REGISTRY_TAR)
    (folder / media.LOCKS / "images.lock").write_text(strict_yaml.dumps(ImagesLock(made.images).to_data()))
    (folder / media.LOCKS / "rpms.lock").write_text(strict_yaml.dumps(RpmsLock().to_data()))
    nothing = Digest.sha256(b"")
    release = Release("made", "1", 1, "rocky", "8.10", "x86_64", "MADE-1", EPOCH, nothing, {}, (), {})
    (folder / media.RELEASE_JSON).write_text(release.dumps())


def _ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]
