"""The builds of the lock that stands, kept where only some packages are to move (``lock --update``).

A build stays as it is locked, whether or not its repository still lists it: its digest is known, and mirrors, vaults
and stores may have it. What it needs is in the metadata that the lock saw, which the cache keeps by digest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import solv

from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.solving.universe import Universe

if TYPE_CHECKING:
    from airlock_core.locks import LockedRepo, LockedRpm, RpmsLock

_MARK = "@lock"
"""Behind the id of a repository: as the lock saw it. No repository's own id can have it."""


@dataclass(frozen=True)
class Standing:
    """What stays.

    Args:
        lock: the lock that stands.
        moves: whether a package of it is to move.
        tell: told why a package cannot stay.
    """

    lock: RpmsLock
    moves: Callable[[LockedRpm], bool]
    tell: Callable[[str], None] = lambda text: None

    def states(self, metadata: Metadata, now: Mapping[str, RepoState]) -> dict[str, RepoState]:
        """Repositories as the lock saw them, under ids of their own: those that are others now and that were kept."""
        return as_seen(metadata, now, self.lock.repos)

    def pins(self, universe: Universe) -> dict[int, LockedRpm]:
        """The packages that stay, by their ids in the pool; where two repositories have one, as it is listed now."""
        wanted = {
            (package.repoid, package.checksum.hex): package
            for arch in self.lock.arches
            for package in arch.packages
            if not self.moves(package)
        }
        names = {package.name for package in wanted.values()}
        found: dict[tuple[str, str], int] = {}
        for solvable in universe.solvables():
            checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM) if solvable.name in names else None
            key = (origin(solvable.repo.name), checksum.hex() if checksum else "")
            if key in wanted and (key not in found or not is_as_seen(solvable.repo.name)):
                found[key] = solvable.id
        for package in (wanted[key] for key in wanted.keys() - found.keys()):
            why = f"repo {package.repoid} does not list it any more"
            self.tell(f"{package.nevra} cannot stay: {why}, and this store has not the metadata that the lock saw")
        return {number: wanted[key] for key, number in found.items()}


@dataclass(frozen=True)
class Pins:
    """What stays, in one pool.

    Args:
        packages: by their ids.
        hidden: ids of what only the lock's metadata lists, and what does not stay.
    """

    packages: Mapping[int, LockedRpm] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()

    @classmethod
    def of(cls, standing: Standing | None, universe: Universe) -> Pins:
        """The pins of what stands; none where everything is resolved anew."""
        if standing is None:
            return cls()
        packages = standing.pins(universe)
        old = (repo for repoid, repo in universe.repos.items() if is_as_seen(repoid))
        return cls(packages, frozenset(one.id for repo in old for one in repo.solvables_iter()) - packages.keys())


def as_seen(metadata: Metadata, now: Mapping[str, RepoState], repos: Iterable[LockedRepo]) -> dict[str, RepoState]:
    """Repositories as a lock saw them, under ids of their own: those that are others now and that were kept."""
    found = {}
    for was in repos:
        state = now.get(was.id)
        then = metadata.kept(state.config, was) if state and state.digest != was.repomd else None
        if then:
            config = replace(then.config, id=f"{was.id}{_MARK}")
            found[config.id] = replace(then, config=config)
    return found


def is_as_seen(repoid: str) -> bool:
    """Whether an id is that of a repository as a lock saw it."""
    return repoid.endswith(_MARK)


def origin(repoid: str) -> str:
    """A repository's id as the manifest has it."""
    return repoid.removesuffix(_MARK)


def with_standing(asked: Sequence[Ask], extra: Collection[RepoState]) -> list[Ask]:
    """The same wishes, which may be met from the repositories as the lock saw them too."""
    configs = {origin(state.config.id): state.config for state in extra}
    return [
        replace(ask, repos=(*ask.repos, *(configs[repo.id] for repo in ask.repos if repo.id in configs)))
        for ask in asked
    ]
