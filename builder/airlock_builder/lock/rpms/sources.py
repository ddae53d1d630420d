"""Source RPMs: for each locked package the one that it was built from, found in the manifest's repositories.

A package's metadata names its source RPM by file name alone. Where several repositories have a file of that name with
other bytes, as happens with modules that were built twice, the one that goes with the package's own repository counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from urllib.parse import unquote

from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.package import Package
from airlock_builder.lock.rpms.signing.excuses import excuse
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.lock.rpms.standing import origin
from airlock_builder.manifest.model import NoSource
from airlock_core.errors import InputError
from airlock_core.values import Value

ARCHES = ("src", "nosrc")
_SOURCE_WORDS = frozenset({"source", "sources", "src", "srpm", "srpms", "rpms"})
_LAYOUTS = (
    (re.compile(r"/(x86_64|aarch64)/os$"), "/source/tree"),
    (re.compile(r"/Everything/(x86_64|aarch64)$"), "/Everything/source/tree"),
    (re.compile(r"/(x86_64|aarch64|noarch)$"), "/SRPMS"),
)
"""Where projects put sources beside their packages: Rocky, CentOS; EPEL; Ceph and the Open Build Service."""


class Sources(Value):
    """The source RPMs of a release.

    Args:
        packages: each with the options that alone ask for it, none where the release itself does.
        of: the source RPM of each package that has one.
        none: the manifest's reason why there is none, by package.
    """

    packages: Mapping[Package, tuple[str, ...]] = field(default_factory=dict)
    of: Mapping[Package, Package] = field(default_factory=dict)
    none: Mapping[Package, str] = field(default_factory=dict)

    @cached_property
    def built(self) -> Mapping[Package, tuple[Package, ...]]:
        """The packages that were built from each source RPM."""
        found: dict[Package, tuple[Package, ...]] = {}
        for package, source in self.of.items():
            found[source] = (*found.get(source, ()), package)
        return found


def find(
    universe: Universe,
    packages: Mapping[Package, tuple[str, ...]],
    asked: Sequence[Ask],
    states: Mapping[str, RepoState],
) -> Sources:
    """Find the source RPMs of all packages for which they are asked.

    Args:
        universe: holds the packages of all repositories, source RPMs among them.
        packages: those locked, each with the options that bring it, none where the release itself does.
        asked: the release's wishes, then its options'.
        states: the repositories, in the order in which they count.

    Raises:
        InputError: some are in no repository; all of them are named, with repositories that may have them.
    """
    wanted, none = _wanted(packages, asked)
    if not wanted and not none:
        return Sources()
    found = {package: _best(package, some, states) for package, some in _candidates(universe, wanted)}
    missing = [package for package in wanted if package not in found]
    if missing:
        raise _missing(sorted(missing), states)
    return Sources(_with_options(found, packages), found, none)


def _wanted(
    packages: Mapping[Package, tuple[str, ...]], asked: Sequence[Ask]
) -> tuple[list[Package], dict[Package, str]]:
    """The packages whose sources are asked for, and those that the manifest says have none."""
    of = {ask.option: ask for ask in asked}
    wanted, none = [], {}
    for package, options in packages.items():
        asks = [of[option] for option in options or (None,)]
        if not any(ask.sources for ask in asks):
            continue
        entries: list[NoSource] = [entry for ask in asks for entry in ask.no_source]
        entry = excuse(package.nevra, entries)
        if entry:
            none[package] = entry.reason
        else:
            wanted.append(package)
    return wanted, none


def _candidates(universe: Universe, wanted: Sequence[Package]) -> Iterator[tuple[Package, list[Package]]]:
    """Each package that has any, with all source RPMs of the right file name."""
    names = {package.sourcerpm for package in wanted}
    by_name: dict[str, list[Package]] = {}
    for solvable in universe.solvables():
        if solvable.arch in ARCHES:
            name = unquote((solvable.lookup_location()[0] or "").rpartition("/")[2])
            if name in names:
                found = universe.package(solvable.id)
                by_name.setdefault(name, []).append(replace(found, repoid=origin(found.repoid)))
    for package in wanted:
        if package.sourcerpm and package.sourcerpm in by_name:
            yield package, by_name[package.sourcerpm]


def _best(package: Package, candidates: Iterable[Package], states: Mapping[str, RepoState]) -> Package:
    """Of its own repository, else of the one for its sources, else of one with the same keys, else of the first."""
    order = {repoid: number for number, repoid in enumerate(states)}
    keys = states[package.repoid].keys.fingerprints

    def rank(source: Package) -> tuple[bool, bool, bool, int, str]:
        return (
            source.repoid != package.repoid,
            _stem(source.repoid) != _stem(package.repoid),
            states[source.repoid].keys.fingerprints != keys,
            order[source.repoid],
            source.href,
        )

    return min(candidates, key=rank)


def _stem(repoid: str) -> tuple[str, ...]:
    """A repository's name without what says that it holds sources: ``baseos`` of ``baseos-source``."""
    return tuple(word for word in re.split(r"[-_.:]+", repoid.lower()) if word not in _SOURCE_WORDS)


def _with_options(
    found: Mapping[Package, Package], packages: Mapping[Package, tuple[str, ...]]
) -> dict[Package, tuple[str, ...]]:
    options: dict[Package, set[str] | None] = {}
    for package, source in found.items():
        own = packages[package]
        known = options.setdefault(source, set())
        options[source] = known | set(own) if own and known is not None else None
    return {source: tuple(sorted(options[source] or ())) for source in sorted(options)}


def _missing(packages: Sequence[Package], states: Mapping[str, RepoState]) -> InputError:
    lines = [
        f"{package.sourcerpm} (of {package.nevra} from repo {package.repoid})"
        if package.sourcerpm
        else f"{package.nevra} from repo {package.repoid} names none"
        for package in packages
    ]
    repos = [_hint(states[repoid]) for repoid in sorted({package.repoid for package in packages})]
    number = len({package.sourcerpm or package.nevra for package in packages})
    return InputError(
        f"{number} source RPM{'s are' if number > 1 else ' is'} in no repository of the manifest",
        where="rpms.sources",
        why="\n       ".join(lines),
        todo=f"add the repositories that have them under rpms.repos: {'; '.join(repos)}; "
        "or name packages whose makers publish none under rpms.no_source, with the reason",
    )


def _hint(state: RepoState) -> str:
    base, repoid = state.base.rstrip("/"), f"{state.config.id}-source"
    for layout, place in _LAYOUTS:
        if layout.search(base):
            return f"perhaps {{id: {repoid}, baseurl: {layout.sub(place, base)}}}"
    return f"the one with the sources of {state.config.id}"
