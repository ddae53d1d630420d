"""Why the packages of a new lock are not those of the one that stands.

What is told follows from the two locks, from what the repositories listed then and list now, from who requires what,
and from the manifest as it is; what it was, no lock says. Where none of these tells, that is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from airlock_builder.lock.rpms.content import Ask, asks
from airlock_builder.lock.rpms.lock import Content
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.tracing.comings import Place, came, left, spoken
from airlock_builder.lock.rpms.tracing.pressures import Named, Pressures, moved
from airlock_builder.lock.rpms.tracing.sides import Sides, sides
from airlock_builder.manifest.kspackages import KickstartPackages
from airlock_builder.manifest.model import Platform, Repo
from airlock_builder.remote.repositories import Repositories
from airlock_core.compare import Cause, Reason
from airlock_core.compare.rpms import Pair, pairs
from airlock_core.locks import LockedRepo, LockedRpm, RpmsLock

UNKNOWN = Reason(Cause.UNKNOWN, "resolved otherwise: no single reason found")
_UNMOVED = Reason(Cause.UNKNOWN, "no repository moved: the manifest, or airlock, was another when it was locked")


def causes(
    content: Content,
    platform: Platform,
    repositories: Repositories,
    cache: Path,
    old: RpmsLock,
    new: RpmsLock,
    *,
    place: Place,
    kickstarts: Sequence[KickstartPackages] = (),
    named: Named | None = None,
) -> dict[Pair, Reason]:
    """Why each package came, left or became another build; no network is asked.

    Args:
        old, new: the lock that stands, and what was just resolved.
        place: where the manifest has what stands at a path of it.
        named: whether a package was to move; None where all was.
    """
    moving = moved(pairs(old.packages, new.packages))
    if not moving:
        return {}
    asked = asks(content, kickstarts)
    with sides(Metadata(repositories, cache), asked, old, new, platform) as both:
        judge = _Judge(both, Pressures(both, moving, named), asked, old, new, place)
        return {pair: judge.of(*pair) for pair in moving}


@dataclass(frozen=True)
class _Judge:
    sides: Sides
    pressures: Pressures
    asked: Sequence[Ask]
    old: RpmsLock
    new: RpmsLock
    place: Place

    def of(self, old: LockedRpm | None, new: LockedRpm | None) -> Reason:
        if old and new:
            return self._replaced(old, new) or self._unknown
        return (self._came(new) if new else self._left(old) if old else None) or self._unknown

    @property
    def _unknown(self) -> Reason:
        return UNKNOWN if self.sides.moved or self._were.keys() != self._repos.keys() else _UNMOVED

    def _came(self, new: LockedRpm) -> Reason | None:
        return self._comings.get(self.sides.id_of(new) or 0)

    def _left(self, old: LockedRpm) -> Reason | None:
        if old.repoid not in self._repos:
            return Reason(Cause.MANIFEST, f"the manifest no longer names the repo {old.repoid}")
        return self._leavings.get(self.sides.id_of(old) or 0)

    def _replaced(self, old: LockedRpm, new: LockedRpm) -> Reason | None:
        named = self.pressures.named
        if named is None or named(old) or named(new):
            return self._upstream(old, new) or self._pressed(old, new) or self._chosen(old, new)
        if not self.sides.is_listed(old) and self.sides.id_of(old) is None:
            return Reason(Cause.GONE, f"upstream has it no more, and this store not what the lock saw: {old.repoid}")
        return self._pressed(old, new) or self._chosen(old, new)

    def _upstream(self, old: LockedRpm, new: LockedRpm) -> Reason | None:
        """What became of its repository."""
        if new.repoid not in self._were:
            return Reason(Cause.MANIFEST, f"the manifest names the repo {new.repoid} now")
        if old.repoid not in self._repos:
            return Reason(Cause.MANIFEST, f"the manifest no longer names the repo {old.repoid}")
        if new.repoid in self.sides.moved and not self.sides.was_listed(new):
            what = "is another" if self.sides.was_listed(new) is None else "has newer"
            newer = Cause.MOVED if self.sides.was_listed(new) is None else Cause.NEWER
            return Reason(newer, f"upstream {what}: {self._course(new.repoid)}")
        if old.repoid in self.sides.moved and not self.sides.is_listed(old):
            return Reason(Cause.GONE, f"upstream has what was locked no more: {self._course(old.repoid)}")
        return None

    def _pressed(self, old: LockedRpm, new: LockedRpm) -> Reason | None:
        """What else moved and made it move."""
        pressure = self.pressures.on(old, new)
        if pressure is None:
            return None
        if self.pressures.named is None:
            return Reason(Cause.REQUIRED, "what else is locked requires it", pressure.words)
        root = self.sides.after.label(self.pressures.root(pressure.by))
        return Reason(Cause.FORCED, f"forced by {root}", pressure.words)

    def _chosen(self, old: LockedRpm, new: LockedRpm) -> Reason | None:
        """What the manifest has to say."""
        was, now = (one.module.split(":")[:2] if one.module else [] for one in (old, new))
        if was != now:
            return Reason(
                Cause.STREAM, f"another module stream is on: {':'.join(was) or 'none'} → {':'.join(now) or 'none'}"
            )
        hidden = self._hidden.get(self.sides.id_of(old) or 0)
        if hidden:
            return Reason(Cause.MANIFEST, hidden)
        asked = self.sides.after.graph.asked.get(self.sides.id_of(new) or 0, ())
        fresh = [one for one in asked if one.text not in self.sides.before.requests]
        if fresh:
            return Reason(Cause.ASKED, "the manifest asks for it now", spoken(min(fresh), self.place))
        ours, theirs = self._configs.get(new.repoid), self._configs.get(old.repoid)
        if ours and theirs and (ours.priority, ours.cost) < (theirs.priority, theirs.cost):
            what = "priority" if ours.priority != theirs.priority else "cost"
            numbers = f"{getattr(ours, what)} before {getattr(theirs, what)}"
            return Reason(Cause.MANIFEST, f"the repo {ours.id} comes before {theirs.id}: {what} {numbers}")
        return None

    def _course(self, repoid: str) -> str:
        """A repository's way from what the older lock saw to what it is."""
        return f"repo {repoid}, {course(self._were[repoid], self._repos[repoid])}"

    @cached_property
    def _were(self) -> Mapping[str, LockedRepo]:
        return {repo.id: repo for repo in self.old.repos}

    @cached_property
    def _repos(self) -> Mapping[str, LockedRepo]:
        return {repo.id: repo for repo in self.new.repos}

    @cached_property
    def _configs(self) -> Mapping[str, Repo]:
        return {repo.id: repo for ask in self.asked for repo in ask.repos}

    @cached_property
    def _comings(self) -> Mapping[int, Reason]:
        return came(self.sides, self.pressures, self.place)

    @cached_property
    def _leavings(self) -> Mapping[int, Reason]:
        return left(self.sides, self.pressures, self.place)

    @cached_property
    def _hidden(self) -> Mapping[int, str]:
        return self.sides.hidden(self.asked)


def course(old: LockedRepo, new: LockedRepo) -> str:
    """From one state of a repository to another: by date where that tells them apart, else by revision or digest."""
    if old.timestamp and new.timestamp and old.timestamp != new.timestamp:
        moments = [datetime.fromtimestamp(one, UTC) for one in (old.timestamp, new.timestamp)]
        days = [f"{one:%Y-%m-%d}" for one in moments]
        return " → ".join(days if days[0] != days[1] else [f"{one:%Y-%m-%d %H:%M:%S}" for one in moments])
    if old.revision != new.revision:
        return f"revision {old.revision} → {new.revision}"
    return f"repomd.xml {old.repomd.short} → {new.repomd.short}"
