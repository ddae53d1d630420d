"""``serve up`` and ``serve down``: each may be repeated at any time."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airlock_core import atomic, media, strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import GateError, MachineError
from airlock_core.locks import selection
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.progress import Progress, silent
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media import mount
from airlock_installer.serve import load, program, services
from airlock_installer.serve.client import RegistryClient, repo_fault
from airlock_installer.serve.configuration import configure
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.inspect import inspect
from airlock_installer.serve.ports import listener
from airlock_installer.serve.services import Services
from airlock_installer.serve.storage import RegistryStorage

_START_SECONDS = 60.0
_PAUSE = 0.05


@dataclass(frozen=True)
class Up:
    """What ``serve up`` found and did.

    Args:
        loaded: what the registry took from the medium.
        started: units that were (re)started; the others ran already.
        written: files that were written; all others were as they must be.
        repaired: blobs that were damaged, and were taken from the medium again.
    """

    loaded: load.Loaded
    started: tuple[str, ...]
    written: tuple[str, ...]
    repaired: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return bool(self.started or self.written or self.repaired or self.loaded.new or self.loaded.written)


def up(
    layout: Layout,
    endpoints: Endpoints,
    names: frozenset[str],
    runner: Services,
    progress: Progress = silent,
    *,
    deep: bool = False,
) -> Up:
    """Have registry and local repo run, and load the registry from the mounted medium while it serves.

    Args:
        names: host names and addresses that the registry's certificate is made for.
        deep: read every blob that the registry has, and take those anew that are damaged.

    Raises:
        HeldError: another run is loading the registry.
        MachineError: no medium, no program, a port taken (by whom is said), a service that does not start.
        GateError: the clock is wrong.
        VerificationError, Faults: the medium's archive is damaged; what is whole is served.
    """
    release = mount.required(layout).release
    check_clock(release, time.time())
    images = locked_images(layout, release)
    storage = RegistryStorage(layout.registry_storage)
    with atomic.held(layout.run / "serve.lock", "the registry"):
        program.ensure(layout)
        _check_ports(endpoints, runner)
        configured = configure(layout, endpoints, names, {image.ref.host for image in images})
        storage.make()
        started = _start(layout, endpoints, runner, configured.units)
        repaired = _discard_damaged(images, storage) if deep else ()
        loaded = load.load(layout.medium / media.REGISTRY_TAR, images, storage, progress)
    return Up(loaded, started, tuple(map(str, configured.written)), repaired)


def _discard_damaged(images: tuple[LockedImage, ...], storage: RegistryStorage) -> tuple[str, ...]:
    damaged = inspect(images, storage, deep=True).damaged
    for damage in damaged:
        storage.discard(Digest.parse(damage.blob))
    return tuple(damage.blob for damage in damaged)


def down(runner: Services) -> None:
    """Stop both services; what is loaded stays."""
    for unit in (services.REPO, services.REGISTRY):
        runner.stop(unit)


def locked_images(layout: Layout, release: Release) -> tuple[LockedImage, ...]:
    """The images that the mounted medium carries: the lock on it is whole, the release says with which options.

    Raises:
        MachineError: the medium is gone.
        InputError, Faults: the lock cannot be read.
    """
    return images_of(layout.medium, release)


def images_of(folder: Path, release: Release) -> tuple[LockedImage, ...]:
    """The same of a folder that has the release's locks.

    Raises:
        InputError, Faults: the lock cannot be read.
    """
    path = folder / media.LOCKS / "images.lock"
    lock = ImagesLock.from_data(strict_yaml.load(path), where=str(path))
    return selection.chosen(lock.images, release.options)


def check_clock(release: Release, now: float) -> None:
    """Compare the clock with the release's time, before which no certificate or signature can be judged.

    Raises:
        GateError: the clock is earlier.
    """
    if now < release.epoch:
        told, made = (datetime.datetime.fromtimestamp(at, datetime.UTC) for at in (now, release.epoch))
        raise GateError(
            f"the clock says {told:%Y-%m-%d %H:%M} UTC, which is before the release was made ({made:%Y-%m-%d %H:%M})",
            todo="set the clock, for example: date -u -s 'YYYY-MM-DD HH:MM', and hwclock --systohc",
        )


def _check_ports(endpoints: Endpoints, runner: Services) -> None:
    for port, unit in services.ports(endpoints).items():
        holder = listener(port, endpoints.listens)
        if holder and not runner.owns(unit, holder):
            raise MachineError(
                f"TCP port {port} is taken by {holder}", todo=f"stop it, so that {unit} can listen there, and run again"
            )


def _start(layout: Layout, endpoints: Endpoints, runner: Services, changed: frozenset[str]) -> tuple[str, ...]:
    registry = RegistryClient(endpoints.registry, layout.ca_certificate)
    started = []
    for unit in (services.REGISTRY, services.REPO):
        if unit in changed or runner.state(unit) != "active":
            runner.restart(unit)
            started.append(unit)
    _wait(lambda: repo_fault(endpoints.repo), f"the local repo on port {endpoints.repo}", services.REPO)
    _wait(registry.fault, f"the registry on port {endpoints.registry}", services.REGISTRY)
    return tuple(started)


def _wait(fault: Callable[[], str], what: str, unit: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while why := fault():
        if time.monotonic() > deadline:
            raise MachineError(f"{what} does not answer", why=why, todo=f"see `journalctl -u {unit}`")
        time.sleep(_PAUSE)
