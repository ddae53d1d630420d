"""What brought a locked package in, and what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from airlock_builder.lock.rpms.closure import numbers_of
from airlock_builder.lock.rpms.content import Ask, asks
from airlock_builder.lock.rpms.lock import Content
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.solving.visible import Visible
from airlock_builder.lock.rpms.tracing.aslocked import AsLocked, as_locked
from airlock_builder.lock.rpms.tracing.graph import Asked, Graph, Need, graph, meant
from airlock_builder.lock.rpms.tracing.unlisted import Files
from airlock_builder.manifest.kspackages import KickstartPackages
from airlock_builder.manifest.model import Platform
from airlock_builder.remote.repositories import Repositories
from airlock_core.errors import AirlockError, InputError
from airlock_core.locks import LockedRpm, RpmsLock


@dataclass(frozen=True)
class Arrow:
    """One package that needs another.

    Args:
        kind, text: how, and what exactly.
        others: how many other locked packages provide it too.
    """

    by: LockedRpm
    kind: str
    text: str
    of: LockedRpm
    others: int


@dataclass(frozen=True)
class Reason:
    """Why one package is locked.

    Args:
        asked: the request that begins the shortest chain; None where no request of the manifest leads to it.
        chain: the arrows from there to the package.
        requests: every request that means the package itself.
        needed_by: every arrow to it.
        brings: what would leave the lock with it; None where that was not asked.
        dropped: the requests that were dropped to find that out; none where it is not itself asked for.
        lost: locked packages whose requirements nobody can tell, where the answer hangs on them: the package itself,
            or those that it may have come through.
    """

    package: LockedRpm
    asked: Asked | None
    chain: tuple[Arrow, ...]
    requests: tuple[Asked, ...]
    needed_by: tuple[Arrow, ...]
    brings: tuple[LockedRpm, ...] | None = None
    dropped: tuple[Asked, ...] = ()
    lost: tuple[LockedRpm, ...] = ()


def why_rpms(
    names: Sequence[str],
    content: Content,
    platform: Platform,
    repositories: Repositories,
    cache: Path,
    lock: RpmsLock,
    *,
    kickstarts: Sequence[KickstartPackages] = (),
    brings: bool = False,
    files: Files = lambda package: None,
) -> dict[str, list[Reason]]:
    """The reasons for what each name means among the locked packages; an empty list where it means none.

    Args:
        names: name, NEVRA or a part of it, glob, provide or path; with ``brings`` also a request as it is written.
        lock: the lock that stands.
        brings: find out what would leave with it, too.
        files: where the files of packages are that the metadata does not list.

    Raises:
        InputError: the lock is not what the manifest asks for, and ``brings`` hangs on that.
        VerificationError, UpstreamError: the metadata that the lock saw is not at hand.
    """
    asked = asks(content, kickstarts)
    if not (asked and names and lock.packages):
        return {name: [] for name in names}
    with as_locked(Metadata(repositories, cache), asked, lock, platform, names, files) as locked:
        known = graph(locked, asked)
        answers = _Answers(locked, known, asked)
        return {name: answers.of(name, brings=brings) for name in names}


class _Answers:
    def __init__(self, locked: AsLocked, known: Graph, asked: Sequence[Ask]) -> None:
        self._locked = locked
        self._graph = known
        self._asked = asked

    def of(self, name: str, *, brings: bool) -> list[Reason]:
        numbers = meant(self._locked, name) or [
            number for number, requests in self._graph.asked.items() if any(one.text == name for one in requests)
        ]
        return [self._reason(number, name, brings=brings) for number in numbers]

    def _reason(self, number: int, name: str, *, brings: bool) -> Reason:
        found = self._graph.chain(number)
        requests = tuple(self._graph.asked.get(number, ()))
        reason = Reason(
            package=self._locked.packages[number],
            asked=found[0] if found else None,
            chain=tuple(self._arrow(need) for need in found[1]) if found else (),
            requests=requests,
            needed_by=tuple(self._arrow(need) for need in self._graph.needed_by(number)),
            lost=self._lost(number, has_chain=found is not None),
        )
        if not brings:
            return reason
        dropped = tuple(one for one in requests if one.text == name) or requests
        if not dropped:
            left = self._locked.packages.keys() - self._graph.reachable(without=number) - {number}
        else:
            left = self._closed() - self._closed(without={one.text for one in dropped})
        packages = tuple(sorted(self._locked.packages[one] for one in left))
        return replace(reason, brings=packages, dropped=dropped)

    def _lost(self, number: int, *, has_chain: bool) -> tuple[LockedRpm, ...]:
        lost = self._locked.lost
        matters = {number} & lost if has_chain else lost
        return tuple(sorted(self._locked.packages[one] for one in matters))

    def _arrow(self, need: Need) -> Arrow:
        packages = self._locked.packages
        return Arrow(packages[need.by], need.kind, need.text, packages[need.of], need.others)

    def _closed(self, without: frozenset[str] | set[str] = frozenset()) -> set[int]:
        """The locked packages that the requests close to, some of them dropped."""
        base: list[int] = []
        found: set[int] = set()
        seen = Visible(frozenset(self._locked.packages), {})
        for ask in (_without(one, without) for one in self._asked):
            try:
                numbers = numbers_of(self._locked.universe, ask, self._locked.known, seen, base, filelists=True)
            except AirlockError as fault:
                raise self._not_closed(fault) from fault
            if ask.option is None and not ask.kickstart:
                base = numbers
            found |= set(numbers)
        return found

    def _not_closed(self, fault: AirlockError) -> InputError:
        lost = ", ".join(str(self._locked.packages[one].nevra) for one in sorted(self._locked.lost))
        if lost:
            what = f"what would leave cannot be told: the metadata of {lost} is nowhere to be had"
            return InputError(
                what, where=fault.where, why=fault.what, todo="ask without --brings, or `airlock fetch` first"
            )
        what = "the lock does not hold what the manifest asks for now"
        return InputError(what, where=fault.where, why=fault.what, todo="run `airlock lock` first")


def _without(ask: Ask, texts: frozenset[str] | set[str]) -> Ask:
    parts = (replace(part, requests=tuple(one for one in part.requests if one.text not in texts)) for part in ask.parts)
    return replace(ask, parts=tuple(parts))
