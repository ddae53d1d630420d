"""``serve status``: what runs, and whether the registry holds all that images.lock names, whole, and nothing else."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from airlock_core.errors import MachineError
from airlock_core.locks.images import LockedImage
from airlock_installer.layout import Layout
from airlock_installer.serve import services
from airlock_installer.serve.client import RegistryClient, repo_fault
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.inspect import Damage, Lack, inspect
from airlock_installer.serve.ports import addresses
from airlock_installer.serve.services import Services
from airlock_installer.serve.storage import RegistryStorage


@dataclass(frozen=True)
class Service:
    """One service.

    Args:
        state: its unit's.
        url: where the nodes find it.
        fault: why it does not answer; empty where it does.
        listens: addresses on which its port is open; ``0.0.0.0`` is all of them.
    """

    name: str
    unit: str
    state: str
    url: str
    fault: str
    listens: tuple[str, ...]

    @property
    def answers(self) -> bool:
        """Whether it serves."""
        return not self.fault


@dataclass(frozen=True)
class Images:
    """The registry's content beside images.lock.

    Args:
        locked: how many images the lock names.
        lacking: images and artifacts of the lock that the registry cannot serve, or serves with another digest.
        damaged: blobs that are not what their names say.
        surplus: images (``repository:tag``) of the registry that the lock does not name.
        deep: whether every byte was read.
        attached: how many artifacts the lock names that are attached to its images.
    """

    locked: int
    lacking: tuple[Lack, ...]
    damaged: tuple[Damage, ...]
    surplus: tuple[str, ...]
    deep: bool
    attached: int = 0

    @property
    def equal(self) -> bool:
        """Whether registry and lock agree."""
        return not (self.lacking or self.damaged or self.surplus)


def running(layout: Layout, endpoints: Endpoints, runner: Services) -> tuple[Service, ...]:
    """The two services."""
    registry = RegistryClient(endpoints.registry, layout.ca_certificate)
    found = (
        ("registry", services.REGISTRY, f"https://{endpoints.registry_name}", registry.fault(), endpoints.registry),
        ("repo", services.REPO, endpoints.repo_url, repo_fault(endpoints.repo), endpoints.repo),
    )
    return tuple(
        Service(name, unit, runner.state(unit), url, fault, addresses(port)) for name, unit, url, fault, port in found
    )


def images(
    locked: Sequence[LockedImage], registry: RegistryClient, storage: RegistryStorage, *, deep: bool = False
) -> Images:
    """Compare the registry, as clients see it and as it stands on the disk, with the images of a lock.

    Args:
        deep: read every blob.

    Raises:
        MachineError: the registry does not answer.
    """
    if fault := registry.fault():
        todo = "run `airlock-site serve up`, which says what is in its way"
        raise MachineError("the registry does not answer", why=fault, todo=todo)
    inspected = inspect(locked, storage, deep=deep)
    try:
        lacking = {lack.image: lack for lack in (*_not_served(locked, registry), *inspected.lacking)}
        surplus = sorted(_served(registry) - set(_names(locked)))
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise MachineError("the registry stopped to answer", why=str(error), todo="run this again") from error
    return _images(locked, tuple(sorted(lacking.values())), inspected.damaged, tuple(surplus), deep=deep)


def stored(locked: Sequence[LockedImage], storage: RegistryStorage, *, deep: bool = False) -> Images:
    """Compare what stands on the disk alone, where the registry does not answer, with the images of a lock."""
    found = inspect(locked, storage, deep=deep)
    return _images(locked, found.lacking, found.damaged, (), deep=deep)


def _images(
    locked: Sequence[LockedImage],
    lacking: tuple[Lack, ...],
    damaged: tuple[Damage, ...],
    surplus: tuple[str, ...],
    *,
    deep: bool,
) -> Images:
    attached = sum(image.attachment is not None for image in locked)
    return Images(len(locked) - attached, lacking, damaged, surplus, deep, attached)


def _not_served(locked: Sequence[LockedImage], registry: RegistryClient) -> Iterator[Lack]:
    for image in locked:
        repository = image.ref.repository
        if registry.digest(repository, str(image.digest)) != image.digest:
            yield Lack(image.site_name, f"the registry has no {image.digest}")
        elif image.tag and (found := registry.digest(repository, image.tag)) != image.digest:
            yield Lack(image.site_name, f"the tag points to {found or 'nothing'}, not to {image.digest}")


def _served(registry: RegistryClient) -> set[str]:
    """All images of the registry by ``repository:tag``, and by the repository alone where nothing in it has a tag."""
    found: set[str] = set()
    for repository in registry.catalog():
        tags = registry.tags(repository)
        found |= {f"{repository}:{tag}" for tag in tags} or {repository}
    return found


def _names(locked: Sequence[LockedImage]) -> Iterator[str]:
    for image in locked:
        yield image.site_name
        yield image.ref.repository
