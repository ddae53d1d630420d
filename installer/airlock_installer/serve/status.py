"""``serve status``: what runs, and whether the registry holds what images.lock names."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass

from airlock_core.locks.images import LockedImage
from airlock_installer.layout import Layout
from airlock_installer.serve import services
from airlock_installer.serve.client import RegistryClient, repo_answers
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.services import Services


@dataclass(frozen=True)
class Service:
    """One service: its unit's state, where it listens, and whether it answers there."""

    name: str
    unit: str
    state: str
    url: str
    answers: bool


@dataclass(frozen=True)
class Images:
    """The registry's content beside images.lock.

    Args:
        locked: how many images the lock names.
        lacking: images of the lock that the registry does not have, or has with another digest.
        extra: repositories of the registry that the lock does not name.
    """

    locked: int
    lacking: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether registry and lock agree."""
        return not self.lacking and not self.extra


def running(layout: Layout, endpoints: Endpoints, runner: Services) -> tuple[Service, ...]:
    """The two services."""
    registry = RegistryClient(endpoints.registry, layout.ca_certificate)
    url = f"https://{endpoints.registry_name}"
    has_ca = layout.ca_certificate.is_file()
    return (
        Service("registry", services.REGISTRY, runner.state(services.REGISTRY), url, has_ca and registry.answers()),
        Service("repo", services.REPO, runner.state(services.REPO), endpoints.repo_url, repo_answers(endpoints.repo)),
    )


def images(locked: Sequence[LockedImage], registry: RegistryClient) -> Images:
    """Compare the registry with the images of a lock."""
    try:
        catalog = registry.catalog()
        lacking = tuple(str(image.ref) for image in locked if not _has(image, registry))
    except (OSError, ValueError, http.client.HTTPException):
        catalog, lacking = (), tuple(str(image.ref) for image in locked)
    known = {image.ref.repository for image in locked}
    return Images(len(locked), lacking, tuple(sorted(set(catalog) - known)))


def _has(image: LockedImage, registry: RegistryClient) -> bool:
    references = [str(image.digest), *([image.tag] if image.tag else [])]
    return all(registry.digest(image.ref.repository, reference) == image.digest for reference in references)
