"""The builds of the lock that stands, kept where only some packages are to move (``lock --update``).

A build stays as it is locked, whether or not its repository still lists it: its digest is known, and mirrors, vaults
and stores may have it. What it needs is in the metadata that the lock saw, which the cache keeps by digest; the lock
goes on naming that metadata for as long as something stays that no later one lists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import solv

from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_core.values import Value

if TYPE_CHECKING:
    from airlock_builder.lock.rpms.package import Package
    from airlock_builder.manifest.model import Repo
    from airlock_core.digest import Digest
    from airlock_core.locks import LockedRepo, LockedRpm, RpmsLock

Key = tuple[str, str]
"""Repository and digest: what tells one file from all others."""

_MARK = "@lock"
"""Behind the id of a repository: as the lock saw it; with a number: as it was before. No repository's own id has it."""


class Standing(Value):
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
        """The packages that stay, by their ids in the pool; of several listings of one the newest counts."""
        wanted = {
            (package.repoid, package.checksum.hex): package
            for arch in self.lock.arches
            for package in arch.packages
            if not self.moves(package)
        }
        found: dict[Key, int] = {}
        for key, solvable in _listed(universe, wanted, {package.name for package in wanted.values()}):
            found.setdefault(key, solvable.id)
        for package in (wanted[key] for key in wanted.keys() - found.keys()):
            why = f"repo {package.repoid} does not list it any more"
            self.tell(f"{package.nevra} cannot stay: {why}, and this store has not the metadata that the lock saw")
        return {number: wanted[key] for key, number in found.items()}


class Pins(Value):
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
    """Repositories as a lock saw them and before, under ids of their own: all that is not now, and was kept."""
    found = {}
    for was in repos:
        state = now.get(was.id)
        for age, root in enumerate(was.roots):
            then = metadata.kept(state.config, replace(was, repomd=root)) if state and state.digest != root else None
            if then:
                config = replace(then.config, id=_aged(was.id, age))
                found[config.id] = replace(then, config=config)
    return found


def _aged(repoid: str, age: int) -> str:
    """The id of a repository of another day; the newest of them comes first in order."""
    return f"{repoid}{_MARK}{f'{age:04}' if age else ''}"


def is_as_seen(repoid: str) -> bool:
    """Whether an id is that of a repository of another day."""
    return _MARK in repoid


def origin(repoid: str) -> str:
    """A repository's id as the manifest has it."""
    return repoid.partition(_MARK)[0]


def last_seen(states: Iterable[RepoState]) -> list[RepoState]:
    """Of each repository the state that the lock saw, where it is among these; else the one of now."""
    states = list(states)
    then = seen_by_lock(state.config.id for state in states)
    now = {state.config.id for state in states if not is_as_seen(state.config.id)} - then
    return [one for one in states if one.config.id.endswith(_MARK) or one.config.id in now]


def seen_by_lock(repoids: Iterable[str]) -> set[str]:
    """The repositories, as the manifest names them, that are among these as the lock itself saw them."""
    return {origin(repoid) for repoid in repoids if repoid.endswith(_MARK)}


def only_earlier(
    universe: Universe, states: Sequence[RepoState], packages: Collection[Package]
) -> dict[str, tuple[Digest, ...]]:
    """Of each repository the repomd.xml of other days that some of its packages are listed by alone, the newest first.

    Args:
        states: all repositories of the universe, in its order: each as it is now before those of other days.
    """
    if not any(is_as_seen(state.config.id) for state in states):
        return {}
    wanted = {(package.repoid, package.checksum.hex) for package in packages}
    newest: dict[Key, str] = {}
    for key, solvable in _listed(universe, wanted, {package.nevra.name for package in packages}):
        newest.setdefault(key, solvable.repo.name)
    found: dict[str, tuple[Digest, ...]] = {}
    for state in states:
        repoid = origin(state.config.id)
        if is_as_seen(state.config.id) and state.config.id in newest.values():
            found[repoid] = (*found.get(repoid, ()), state.digest)
    return found


def _listed(universe: Universe, wanted: Container[Key], names: Container[str]) -> Iterator[tuple[Key, Any]]:
    """Every listing of some files, with libsolv's own of the package.

    Args:
        names: those of their packages.
    """
    for solvable in universe.solvables():
        checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM) if solvable.name in names else None
        key = (origin(solvable.repo.name), checksum.hex() if checksum else "")
        if key in wanted:
            yield key, solvable


def with_standing(asked: Sequence[Ask], extra: Collection[RepoState]) -> list[Ask]:
    """The same wishes, which may be met from the repositories as the lock saw them too."""
    configs: dict[str, list[Repo]] = {}
    for state in extra:
        configs.setdefault(origin(state.config.id), []).append(state.config)
    return [
        replace(ask, repos=(*ask.repos, *(one for repo in ask.repos for one in configs.get(repo.id, ()))))
        for ask in asked
    ]
