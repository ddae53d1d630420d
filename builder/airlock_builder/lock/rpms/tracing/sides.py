"""Two locks of RPMs in one pool: their packages and requirements, and what repositories listed then and list now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import solv

from airlock_builder.lock.rpms.closure import in_order, known_of
from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.solving.assume import assume
from airlock_builder.lock.rpms.solving.requests import Known
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.lock.rpms.solving.visible import visible
from airlock_builder.lock.rpms.standing import as_seen, is_as_seen, last_seen, origin, seen_by_lock
from airlock_builder.lock.rpms.tracing.aslocked import AsLocked
from airlock_builder.lock.rpms.tracing.graph import REQUIRES, Graph, Need, graph
from airlock_builder.lock.rpms.tracing.paths import MARKERS, loaded_for, need_paths
from airlock_builder.manifest.model import Platform
from airlock_core.locks import LockedRpm, RpmsLock

Key = tuple[str, str]
"""Repository and digest: what tells one file from all others."""


@dataclass(frozen=True)
class Listed:
    """Where a file is listed: its id in the pool as the repository is now, and as the older lock saw it."""

    now: int | None = None
    then: int | None = None


@dataclass(frozen=True)
class Side:
    """One of the two locks.

    Args:
        locked: its packages, by their ids in the pool.
        graph: the requests of the manifest that mean them, and what requires what.
    """

    locked: AsLocked
    graph: Graph

    @cached_property
    def needs_of(self) -> Mapping[int, Mapping[str, set[int]]]:
        """Of each package its requirements, each with the ids of those that meet it."""
        found: dict[int, dict[str, set[int]]] = {}
        for by, needs in self.graph.needs.items():
            texts = found.setdefault(by, {})
            for need in needs:
                texts.setdefault(need.text, set()).add(need.of)
        return found

    def requirements(self, number: int) -> Iterator[Need]:
        """The arrows to a package that are no mere recommendations."""
        return (need for need in self.graph.needed_by(number) if need.kind == REQUIRES)

    def label(self, number: int) -> str:
        """A package as people name it."""
        return str(self.locked.packages[number].nevra)

    @cached_property
    def requests(self) -> frozenset[str]:
        """The texts of the requests that mean something here."""
        return frozenset(one.text for asked in self.graph.asked.values() for one in asked)


@dataclass(frozen=True)
class Sides:
    """Both locks, and what the repositories list.

    Args:
        before, after: the lock that stands, and the new one.
        ids: of the packages of both, by their files.
        listed: where those files are listed.
        moved: ids of the repositories that are others than the older lock saw, and whether their lists of then are
            known.
    """

    universe: Universe
    before: Side
    after: Side
    ids: Mapping[Key, int]
    listed: Mapping[Key, Listed]
    moved: Mapping[str, bool]

    def id_of(self, package: LockedRpm | None) -> int | None:
        """The id of a package in the pool; None where no list at hand has it."""
        return self.ids.get(_key(package)) if package else None

    def was_listed(self, package: LockedRpm) -> bool | None:
        """Whether its repository listed it when the older lock saw it; None where that is not known."""
        if package.repoid not in self.moved:
            return self.is_listed(package)
        if not self.moved[package.repoid]:
            return None
        return self.listed.get(_key(package), Listed()).then is not None

    def is_listed(self, package: LockedRpm) -> bool:
        """Whether its repository lists it now."""
        return self.listed.get(_key(package), Listed()).now is not None

    def lists(self, name: str) -> bool:
        """Whether some repository lists a package of this name now."""
        builds = self.universe.pool.whatprovides(self.universe.pool.str2id(name))
        return any(one.name == name and not is_as_seen(one.repo.name) for one in builds)

    def meets(self, number: int, by: int, text: str) -> bool:
        """Whether a package would meet a requirement of another."""
        dependency = self._dependency(by, text)
        return dependency is None or number in {one.id for one in self.universe.pool.whatprovides(dependency)}

    def is_met(self, by: int, text: str) -> bool:
        """Whether a package of the new lock meets a requirement."""
        dependency = self._dependency(by, text)
        found = self.universe.pool.whatprovides(dependency) if dependency else ()
        return dependency is None or any(one.id in self.after.locked.packages for one in found)

    def _dependency(self, by: int, text: str) -> Any:
        """A requirement as libsolv has it; None of a rich one, which it alone can weigh."""
        solvable = self.universe.pool.id2solvable(by)
        needs = (dep for marker in MARKERS for dep in solvable.lookup_deparray(solv.SOLVABLE_REQUIRES, marker))
        return None if text.startswith("(") else next((dep for dep in needs if str(dep) == text), None)

    def against(self, number: int) -> Iterator[tuple[int, str]]:
        """What a package conflicts with or obsoletes: ids, with the words of its relation."""
        solvable = self.universe.pool.id2solvable(number)
        for verb, kind in (("conflicts with", solv.SOLVABLE_CONFLICTS), ("obsoletes", solv.SOLVABLE_OBSOLETES)):
            for dep in solvable.lookup_deparray(kind):
                yield from ((one.id, f"{verb} {dep}") for one in self.universe.pool.whatprovides(dep))

    def hidden(self, asked: Sequence[Ask]) -> Mapping[int, str]:
        """Why packages may not be chosen for the release itself, by their ids."""
        known = self.after.locked.known
        ask = next((one for one in asked if one.option is None), None)
        if ask is None:
            return {}
        self.universe.show_only({number for repoid in self.universe.repos for number in self.universe.ids_of(repoid)})
        without = [(request.text, request.where) for request in ask.without]
        return visible(self.universe, ask.repos, known.active, ask.exclude, without).reasons


@contextmanager
def sides(
    metadata: Metadata, asked: Sequence[Ask], old: RpmsLock, new: RpmsLock, platform: Platform
) -> Iterator[Sides]:
    """Load what two locks saw, as far as it is at hand, for the length of a block; no network is asked.

    Args:
        asked: what the manifest asks for now.
    """
    configs = {repo.id: repo for ask in asked for repo in ask.repos}
    now = {repo.id: state for repo in new.repos if (state := metadata.kept(configs[repo.id], repo))}
    then = as_seen(metadata, now, old.repos)
    known_then = seen_by_lock(then)
    moved = {
        repo.id: repo.id in known_then for repo in old.repos if repo.id in now and now[repo.id].digest != repo.repomd
    }
    ordered = in_order({**now, **then})
    patterns = sorted({pattern for ask in asked for pattern in ask.assume})

    def find(universe: Universe, _: bool) -> dict[Key, Listed]:
        return _listed(universe, (*old.packages, *new.packages))

    def wants_paths(universe: Universe, listed: Mapping[Key, Listed]) -> bool:
        numbers = (number for one in listed.values() for number in (one.now, one.then) if number)
        return need_paths(universe, numbers, (request for ask in asked for request in ask.requests))

    with loaded_for(metadata, ordered, platform.arch, find, wants_paths) as (universe, listed):
        assume(universe, patterns)
        universe.index()
        ids = {key: one.now or one.then or 0 for key, one in listed.items()}
        seen = last_seen(ordered)
        known = known_of(metadata, in_order(now), asked, platform)
        in_groups = any(request.text.startswith("@") for ask in asked for request in ask.requests)
        was_known = known_of(metadata, seen, asked, platform) if then and in_groups else known
        before = _side(universe, asked, was_known, ids, old, weak=True)
        after = _side(universe, asked, known, ids, new)
        yield Sides(universe, before, after, ids, listed, moved)


def _side(
    universe: Universe,
    asked: Sequence[Ask],
    known: Known,
    ids: Mapping[Key, int],
    lock: RpmsLock,
    *,
    weak: bool | None = None,
) -> Side:
    packages = {ids[_key(package)]: package for package in lock.packages if _key(package) in ids}
    universe.show_only(packages.keys())
    locked = AsLocked(universe, packages, known)
    return Side(locked, graph(locked, asked, weak=weak))


def _listed(universe: Universe, packages: Sequence[LockedRpm]) -> dict[Key, Listed]:
    wanted = {_key(package) for package in packages}
    names = {package.name for package in packages}
    found: dict[Key, Listed] = {}
    for solvable in universe.solvables():
        if solvable.name not in names:
            continue
        checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM)
        repoid = solvable.repo.name
        key = (origin(repoid), checksum.hex() if checksum else "")
        if key in wanted:
            one = found.get(key, Listed())
            found[key] = Listed(one.now, solvable.id) if is_as_seen(repoid) else Listed(solvable.id, one.then)
    return found


def _key(package: LockedRpm) -> Key:
    return (package.repoid, package.checksum.hex)
