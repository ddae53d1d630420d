"""The closed set: metadata loaded, streams activated, the release solved, then each option on top of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

import solv

from airlock_builder.lock.rpms import sources
from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata import comps
from airlock_builder.lock.rpms.metadata.comps import Comps
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.repomd import Record
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.modules import streams
from airlock_builder.lock.rpms.modules.index import ModuleIndex
from airlock_builder.lock.rpms.modules.kept import documents_of
from airlock_builder.lock.rpms.modules.modulemd import Stream
from airlock_builder.lock.rpms.modules.streams import Active, Wish, Wishes
from airlock_builder.lock.rpms.package import Package
from airlock_builder.lock.rpms.solving import idle, twins, vain
from airlock_builder.lock.rpms.solving.assume import assume, assumed_by
from airlock_builder.lock.rpms.solving.loading import loaded
from airlock_builder.lock.rpms.solving.requests import Known, expand, module_of, united
from airlock_builder.lock.rpms.solving.transaction import FilelistsNeeded, solve
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.lock.rpms.solving.visible import Visible, artifact_label, visible
from airlock_builder.lock.rpms.sources import Sources
from airlock_builder.lock.rpms.standing import Pins, Standing, last_seen, only_earlier, origin, with_standing
from airlock_builder.manifest.model import Platform
from airlock_core.errors import AirlockError, Attempts, raise_all
from airlock_core.nevra import Nevra
from airlock_core.values import Value

if TYPE_CHECKING:
    from airlock_core.digest import Digest
    from airlock_core.locks import LockedRpm

_COMPS_KINDS = ("group_gz", "group_xz", "group_zst", "group")


class Closure(Value):
    """All packages of a release.

    Args:
        packages: sorted.
        options: the options of packages that the release itself does not need.
        streams: the module stream of packages that are of one.
        required: module streams that these require, and that no package is of.
        assumed: requirements that no package meets and the site has.
        sources: the source RPMs of packages for which they are asked.
        kept: the entries of the standing lock of packages that stay.
        earlier: the repomd.xml of other days without which no list would have some of these, by repository.
        notes: what is worth knowing of the requests and no fault.
    """

    packages: tuple[Package, ...]
    options: Mapping[Package, tuple[str, ...]] = field(default_factory=dict)
    streams: Mapping[Nevra, Stream] = field(default_factory=dict)
    required: tuple[Stream, ...] = ()
    assumed: tuple[str, ...] = ()
    sources: Sources = field(default_factory=Sources)
    kept: Mapping[Package, LockedRpm] = field(default_factory=dict)
    earlier: Mapping[str, tuple[Digest, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def close(
    metadata: Metadata,
    states: Mapping[str, RepoState],
    asked: Sequence[Ask],
    platform: Platform,
    standing: Standing | None = None,
) -> Closure:
    """Find the closed set.

    Args:
        states: all repositories that are asked, by id.
        asked: the release's part, then its options'.
        standing: what is to stay as it is locked; without it, everything is resolved anew.

    Raises:
        InputError, Faults: requests that cannot be met.
        VerificationError, UpstreamError: metadata that cannot be had.
    """
    extra = standing.states(metadata, states) if standing else {}
    ordered, wishes = in_order({**states, **extra}), with_standing(asked, extra.values())
    known = cache(lambda: known_of(metadata, ordered, asked, platform))
    how = partial(_close, metadata, ordered, wishes, known, platform.arch, standing)
    with contextlib.suppress(FilelistsNeeded):
        return how(filelists=False)
    # not while the exception is there: it holds the first pool
    return how(filelists=True)


def comps_record(metadata: Metadata, state: RepoState) -> Record | None:
    """The comps.xml of a repository: of what it offers the first that is there, compressed before plain as in libdnf.

    Mirrors lose one of the two now and then.
    """
    return metadata.offered(state, _COMPS_KINDS)


def groups_of(metadata: Metadata, state: RepoState, arch: str) -> Comps:
    """The groups and environments of a repository."""
    record = comps_record(metadata, state)
    return comps.parse(metadata.small(state, record), where=state.url(record), arch=arch) if record else Comps()


def in_order(states: Mapping[str, RepoState]) -> list[RepoState]:
    """Repositories in the order that decides between equals, whatever the manifest's: by priority, cost, then id."""
    return sorted(states.values(), key=lambda state: (state.config.priority, state.config.cost, state.config.id))


def known_of(metadata: Metadata, states: Sequence[RepoState], asked: Sequence[Ask], platform: Platform) -> Known:
    """What requests may mean beside packages: the repositories' groups and modules, and the streams that are on."""
    # of a repository that the lock saw otherwise, its groups then count: a group that grew moves nothing that stands
    counting = last_seen(states) if _names_groups(asked) else []
    groups = comps.merge(groups_of(metadata, state, platform.arch) for state in counting)
    index = ModuleIndex.merge(documents_of(metadata, state) for state in states)
    return Known(groups, index, _activate(index, asked, platform), platform.arch)


def _names_groups(asked: Sequence[Ask]) -> bool:
    texts = (request.text for ask in asked for part in ask.parts for request in (*part.requests, *part.without))
    return any(text.startswith("@") for text in texts)


def _close(
    metadata: Metadata,
    states: Sequence[RepoState],
    asked: Sequence[Ask],
    learn: Callable[[], Known],
    arch: str,
    standing: Standing | None,
    *,
    filelists: bool,
) -> Closure:
    patterns = sorted({pattern for ask in asked for pattern in ask.assume})
    with loaded(metadata, states, arch, filelists=filelists, meanwhile=learn) as universe:
        known = learn()
        assume(universe, patterns)
        universe.index()
        vainly = _vain(universe, asked, known)
        pins = Pins.of(standing, universe)
        chosen = _chosen(universe, asked, known, pins, filelists=filelists)
        closure = _closure(universe, chosen, known.active, patterns, pins)
        options = {one: closure.options.get(one, ()) for one in closure.packages}
        found = sources.find(universe, options, asked, {one.config.id: one for one in states})
        earlier = only_earlier(universe, states, [*closure.packages, *found.packages])
        notes = (*_idle(universe, asked, known, chosen.keys()), *vainly)
        return replace(closure, sources=found, earlier=earlier, notes=notes)


def _idle(universe: Universe, asked: Sequence[Ask], known: Known, chosen: Collection[int]) -> tuple[str, ...]:
    """A note for each group that gives nothing."""
    groups = [request for ask in asked for request in ask.requests if request.text.startswith("@")]
    return tuple(idle.notes(groups, known, _names(universe, chosen))) if groups else ()


def _vain(universe: Universe, asked: Sequence[Ask], known: Known) -> tuple[str, ...]:
    """A note for each exclude, include and disabled module that names nothing."""
    repos = [repo for ask in asked for repo in ask.repos]
    exclude = [pattern for ask in asked for pattern in ask.exclude]
    disable = [wish for ask in asked for wish in ask.disable]
    return (*vain.of_packages(universe, repos, exclude), *vain.of_modules(disable, known.index))


def _names(universe: Universe, chosen: Collection[int]) -> set[str]:
    """The names of packages, and of those in whose place they come."""
    found: set[str] = set()
    for solvable in map(universe.pool.id2solvable, chosen):
        found.add(solvable.name)
        found |= {str(need).partition(" ")[0] for need in solvable.lookup_deparray(solv.SOLVABLE_OBSOLETES)}
    return found


def _activate(index: ModuleIndex, asked: Sequence[Ask], platform: Platform) -> Active:
    """One set of streams for the release and all its options: they share one installed system."""
    requests = [request for ask in asked for request in ask.requests]
    wishes = Wishes(
        enable=tuple(dict.fromkeys(wish for ask in asked for wish in ask.enable)),
        asked=tuple(Wish(module_of(one), one.where) for one in sorted({one for one in requests if module_of(one)})),
        disable=tuple(dict.fromkeys(wish for ask in asked for wish in ask.disable)),
        obsoletes=datetime.now(UTC) if any(ask.obsoletes for ask in asked) else None,
    )
    return streams.activate(index, wishes, major=platform.major, arch=platform.arch)


def _chosen(
    universe: Universe, asked: Sequence[Ask], known: Known, pins: Pins, *, filelists: bool
) -> dict[int, set[str]]:
    """The options that need each package, none for the release's own; all faults of all parts at once."""
    base: list[int] = []
    found: dict[int, set[str]] = {}
    faults: list[AirlockError] = []
    for ask, seen in [(ask, _visible(universe, ask, known.active, pins)) for ask in asked]:
        if ask.kickstart and faults:
            continue  # its requests were among the release's own: the same faults again
        try:
            numbers = numbers_of(universe, ask, known, seen, base, pins.packages, filelists=filelists)
        except AirlockError as fault:
            faults += getattr(fault, "faults", (fault,))
            continue
        if ask.option is None and not ask.kickstart:
            base = numbers
        for number in set(numbers) - (set(base) if ask.option else set()):
            found.setdefault(number, set()).update({ask.option} if ask.option else set())
    raise_all(f"{len(faults)} requests cannot be met", faults)
    return found


def numbers_of(
    universe: Universe,
    ask: Ask,
    known: Known,
    seen: Visible,
    base: Sequence[int],
    pins: Mapping[int, LockedRpm] | None = None,
    *,
    filelists: bool,
) -> list[int]:
    """The ids of what one transaction installs: an option on top of the release, a kickstart by itself.

    Args:
        pins: what is to stay. First all of it stays that can, then what nobody needs goes.
    """
    expanded = [expand(part.requests, known, part.without) for part in ask.parts]
    requests = united(request for found, _ in expanded for request in found)
    attempts = Attempts()
    attempts.faults += [fault for _, faults in expanded for fault in faults]
    chosen = base if ask.option else ()
    universe.show_only(seen.ids.union(chosen))
    how = partial(solve, universe, requests, weak_deps=ask.weak_deps, filelists=filelists)
    favored = base if ask.kickstart else ()
    stay = [number for number in _of_ask(ask, pins or {}) if number in seen.ids and number not in chosen]
    numbers: list[int] = attempts.attempt(lambda: how(seen, chosen=chosen, favored=favored, pins=stay), [])
    if stay and not attempts.faults:
        universe.show_only({*numbers, *chosen})
        left = replace(seen, ids=frozenset(numbers))
        numbers = attempts.attempt(lambda: how(left, chosen=chosen, favored=favored), [])
    raise_all(f"{len(attempts.faults)} requests cannot be met", attempts.faults)
    return numbers


def _of_ask(ask: Ask, pins: Mapping[int, LockedRpm]) -> list[int]:
    """What stays of one part of the release: its own packages, or an option's."""
    return [number for number, package in pins.items() if not package.options or ask.option in package.options]


def _visible(universe: Universe, ask: Ask, active: Active, pins: Pins) -> Visible:
    without = [(request.text, request.where) for request in ask.without]
    found = visible(universe, ask.repos, active, ask.exclude, without)
    return replace(found, ids=found.ids - pins.hidden) if pins.hidden else found


def _closure(
    universe: Universe, chosen: Mapping[int, set[str]], active: Active, patterns: Sequence[str], pins: Pins
) -> Closure:
    packages = {number: _package(universe, number) for number in chosen}
    twins.check(universe, {number: one for number, one in packages.items() if number not in pins.packages})
    artifacts = active.artifacts
    labels = {number: artifact_label(package.nevra) for number, package in packages.items()}
    used = {artifacts[label] for label in labels.values() if label in artifacts}
    return Closure(
        packages=tuple(sorted(packages.values(), key=lambda one: (one.nevra.name, one))),  # seldom two of a name
        options={packages[number]: tuple(sorted(options)) for number, options in chosen.items() if options},
        streams={packages[number].nevra: artifacts[label] for number, label in labels.items() if label in artifacts},
        required=tuple(sorted(active.required(used) - used)),
        assumed=assumed_by(universe, chosen.keys(), patterns),
        kept={packages[number]: pins.packages[number] for number in chosen if number in pins.packages},
    )


def _package(universe: Universe, number: int) -> Package:
    found = universe.package(number)
    repoid = origin(found.repoid)
    return found if repoid == found.repoid else replace(found, repoid=repoid)
