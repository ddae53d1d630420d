"""The packages that a release would install, from metadata alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from airlock_builder.lock.rpms.closure import close
from airlock_builder.lock.rpms.content import asks
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.manifest.kspackages import KickstartPackages
from airlock_builder.manifest.model import Platform, Rpms
from airlock_builder.remote.repositories import Repositories
from airlock_core.nevra import Nevra


def closed_set(
    content: Iterable[tuple[str | None, Rpms]],
    platform: Platform,
    repositories: Repositories,
    cache: Path,
    *,
    kickstarts: Sequence[KickstartPackages] = (),
    requests: Sequence[str] | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> list[tuple[Nevra, str]]:
    """The packages that :func:`~airlock_builder.lock.rpms.lock.lock_rpms` would lock, with their repositories.

    Args:
        requests: asked for instead of what the manifest asks for (``lock --dry-run REQUEST…``); options are left out.
        note: told what is worth knowing and no fault.

    Raises:
        as :func:`~airlock_builder.lock.rpms.lock.lock_rpms`, but for signatures, which are not looked at.
    """
    asked = asks(content, kickstarts, requests)
    if not asked:
        return []
    metadata = Metadata(repositories, cache)
    closure = close(metadata, metadata.states(repo for ask in asked for repo in ask.repos), asked, platform)
    for text in closure.notes:
        note(text)
    return [(package.nevra, package.repoid) for package in closure.packages]
