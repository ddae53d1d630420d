"""The packages of a lock with all that their metadata says of them, as the lock saw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import solv

from airlock_builder.lock.rpms.closure import in_order, known_of
from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.solving.assume import assume
from airlock_builder.lock.rpms.solving.picks import Picks
from airlock_builder.lock.rpms.solving.requests import Known, Request
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.lock.rpms.solving.visible import Visible
from airlock_builder.lock.rpms.standing import as_seen, origin
from airlock_builder.lock.rpms.tracing.paths import loaded_for, need_paths
from airlock_builder.lock.rpms.tracing.unlisted import Files, Unlisted, add
from airlock_builder.manifest.model import Platform
from airlock_core.locks import LockedRpm, RpmsLock


@dataclass(frozen=True)
class AsLocked:
    """A pool that shows the packages of a lock and no others.

    Args:
        packages: by their ids in the pool.
        known: groups and modules, as the lock saw them.
        lost: ids of packages that no metadata at hand lists, so that only their names and versions are known.
    """

    universe: Universe
    packages: Mapping[int, LockedRpm]
    known: Known
    lost: frozenset[int] = frozenset()

    @property
    def seen(self) -> Visible:
        """All of them."""
        return Visible(frozenset(self.packages), {})

    def picks(self) -> Picks:
        """What requests mean among them."""
        return Picks(self.universe, self.seen)

    def solvable(self, number: int) -> Any:
        """libsolv's own of a package."""
        return self.universe.pool.id2solvable(number)


@contextmanager
def as_locked(
    metadata: Metadata,
    asked: Sequence[Ask],
    lock: RpmsLock,
    platform: Platform,
    names: Sequence[str] = (),
    files: Files = lambda package: None,
) -> Iterator[AsLocked]:
    """Load the metadata that a lock saw, for the length of a block.

    Args:
        names: what will be looked for.
        files: where the files of packages are that the metadata does not list.

    Raises:
        VerificationError, UpstreamError: metadata that cannot be had.
    """
    configs = {repo.id: repo for ask in asked for repo in ask.repos}
    states = {repo.id: metadata.locked(configs[repo.id], repo) for repo in lock.repos if repo.id in configs}
    ordered = in_order({**states, **as_seen(metadata, states, lock.repos)})
    known = known_of(metadata, ordered, asked, platform)
    patterns = sorted({pattern for ask in asked for pattern in ask.assume})

    requests = [*(Request(name, "") for name in names), *(request for ask in asked for request in ask.requests)]

    def find(universe: Universe, filelists: bool) -> Unlisted:
        found, others = _found(universe, lock)
        unlisted = add(universe, others, files, metadata.folder, filelists=filelists)
        return Unlisted({**found, **unlisted.packages}, unlisted.lost)

    def wants_paths(universe: Universe, found: Unlisted) -> bool:
        return need_paths(universe, found.packages, requests)

    with loaded_for(metadata, ordered, platform.arch, find, wants_paths) as (universe, found):
        assume(universe, patterns)
        universe.index()
        universe.show_only(found.packages.keys())
        yield AsLocked(universe, found.packages, known, found.lost)


def _found(universe: Universe, lock: RpmsLock) -> tuple[dict[int, LockedRpm], list[LockedRpm]]:
    """The locked packages by their ids, and those that no repository lists."""
    wanted = {(rpm.repoid, rpm.checksum.hex): rpm for arch in lock.arches for rpm in arch.packages}
    found: dict[int, LockedRpm] = {}
    names = {rpm.name for rpm in wanted.values()}
    for solvable in universe.solvables():
        if solvable.name in names:
            checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM)
            rpm = wanted.pop((origin(solvable.repo.name), checksum.hex() if checksum else ""), None)
            if rpm:
                found[solvable.id] = rpm
    return found, list(wanted.values())
