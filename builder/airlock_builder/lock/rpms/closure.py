"""The closed set: metadata loaded, streams activated, the release solved, then each option on top of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airlock_builder.lock.rpms import comps, modulemd, streams
from airlock_builder.lock.rpms.assume import assume, assumed_by
from airlock_builder.lock.rpms.comps import Comps
from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata import Metadata, RepoState
from airlock_builder.lock.rpms.modulemd import ModuleIndex, Stream
from airlock_builder.lock.rpms.repomd import Record
from airlock_builder.lock.rpms.requests import enabled_streams, expand
from airlock_builder.lock.rpms.solve import FilelistsNeeded, solve
from airlock_builder.lock.rpms.streams import Active
from airlock_builder.lock.rpms.universe import Package, Universe
from airlock_builder.lock.rpms.visible import artifact_label, visible
from airlock_builder.manifest.model import Platform
from airlock_core.errors import AirlockError, raise_all
from airlock_core.nevra import Nevra

_COMPS_KINDS = ("group_gz", "group_xz", "group_zst", "group")


@dataclass(frozen=True)
class Closure:
    """All packages of a release.

    Args:
        packages: sorted.
        options: the options of packages that the release itself does not need.
        streams: the module stream of packages that are of one.
        assumed: requirements that no package meets and the site has.
    """

    packages: tuple[Package, ...]
    options: Mapping[Package, tuple[str, ...]] = field(default_factory=dict)
    streams: Mapping[Nevra, Stream] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()


def close(
    metadata: Metadata, states: Mapping[str, RepoState], asked: Sequence[Ask], platform: Platform, scratch: Path
) -> Closure:
    """Find the closed set.

    Args:
        states: all repositories that are asked, by id.
        asked: the release's part, then its options'.
        scratch: folder for unpacked metadata.

    Raises:
        InputError, Faults: requests that cannot be met.
        VerificationError, UpstreamError: metadata that cannot be had.
    """
    try:
        return _close(metadata, states, asked, platform, scratch, filelists=False)
    except FilelistsNeeded:
        return _close(metadata, states, asked, platform, scratch, filelists=True)


def comps_record(metadata: Metadata, state: RepoState) -> Record | None:
    """The comps.xml of a repository: of what it offers the first that is there, compressed before plain as in libdnf.

    Mirrors lose one of the two now and then.
    """
    offered = [state.repomd.records[kind] for kind in _COMPS_KINDS if kind in state.repomd.records]
    return next((record for record in offered[:-1] if metadata.has(state, record)), offered[-1] if offered else None)


def _close(
    metadata: Metadata,
    states: Mapping[str, RepoState],
    asked: Sequence[Ask],
    platform: Platform,
    scratch: Path,
    *,
    filelists: bool,
) -> Closure:
    universe = _universe(metadata, states, platform, scratch, filelists=filelists)
    patterns = sorted({pattern for ask in asked for pattern in ask.assume})
    assume(universe, patterns)
    groups = comps.merge(_groups(metadata, state) for state in states.values())
    index = ModuleIndex.merge(_modules(metadata, state) for state in states.values())
    active = _activate(index, asked, platform)
    universe.index()
    chosen = _chosen(universe, asked, groups, index, active, filelists=filelists)
    return _closure(universe, chosen, active, patterns)


def _universe(
    metadata: Metadata, states: Mapping[str, RepoState], platform: Platform, scratch: Path, *, filelists: bool
) -> Universe:
    # the order decides between equal builds in two repositories: by priority, then by id, whatever the manifest's order
    universe = Universe(platform.arch)
    for repoid, state in sorted(states.items(), key=lambda item: (item[1].config.priority, item[0])):
        path = scratch / "metadata.xml"
        primary = state.repomd.records["primary"]
        metadata.unpacked(state, primary, path)
        universe.add(repoid, state.config.priority, path, where=state.url(primary))
        if filelists and (record := state.repomd.first("filelists")):
            metadata.unpacked(state, record, path)
            universe.extend(repoid, path, where=state.url(record))
    return universe


def _groups(metadata: Metadata, state: RepoState) -> Comps:
    record = comps_record(metadata, state)
    return comps.parse(metadata.small(state, record), where=state.url(record)) if record else Comps()


def _modules(metadata: Metadata, state: RepoState) -> ModuleIndex:
    record = state.repomd.first("modules")
    return modulemd.parse(metadata.small(state, record), where=state.url(record)) if record else ModuleIndex()


def _activate(index: ModuleIndex, asked: Sequence[Ask], platform: Platform) -> Active:
    """One set of streams for the release and all its options: they share one installed system."""
    enable = {stream for ask in asked for stream in (*ask.enable, *enabled_streams(ask.requests))}
    disable = {name for ask in asked for name in ask.disable}
    return streams.activate(index, enable, disable, major=platform.major, arch=platform.arch)


def _chosen(
    universe: Universe, asked: Sequence[Ask], groups: Comps, index: ModuleIndex, active: Active, *, filelists: bool
) -> dict[int, set[str]]:
    """The options that need each package, none for the release's own; all faults of all parts at once."""
    base: list[int] = []
    found: dict[int, set[str]] = {}
    faults: list[AirlockError] = []
    for ask in asked:
        try:
            requests = expand(ask.requests, groups, index, active)
            seen = visible(universe, {repo.id: repo for repo in ask.repos}, ask.exclude, active)
            universe.show_only(sorted({*seen, *base}))
            numbers = solve(universe, requests, chosen=base, weak_deps=ask.weak_deps, filelists=filelists)
        except AirlockError as fault:
            faults += getattr(fault, "faults", (fault,))
            continue
        if ask.option is None:
            base = numbers
        for number in set(numbers) - (set(base) if ask.option else set()):
            found.setdefault(number, set()).update({ask.option} if ask.option else set())
    raise_all(f"{len(faults)} requests cannot be met", faults)
    return found


def _closure(universe: Universe, chosen: Mapping[int, set[str]], active: Active, patterns: Sequence[str]) -> Closure:
    packages = {number: universe.package(number) for number in chosen}
    artifacts = active.artifacts()
    universe.show_only(chosen)
    labels = {number: artifact_label(universe.pool.id2solvable(number)) for number in chosen}
    return Closure(
        packages=tuple(sorted(packages.values())),
        options={packages[number]: tuple(sorted(options)) for number, options in chosen.items() if options},
        streams={packages[number].nevra: artifacts[label] for number, label in labels.items() if label in artifacts},
        assumed=assumed_by(universe, chosen, patterns),
    )
