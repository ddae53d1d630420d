"""Which packages may be chosen at all: excludes, includes, and what module streams hide."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from airlock_builder.lock.rpms.streams import Active
from airlock_builder.lock.rpms.universe import Universe, nevra_of
from airlock_builder.manifest.model import Repo

Matcher = Callable[[Any], bool]


def visible(universe: Universe, repos: Mapping[str, Repo], exclude: Sequence[str], active: Active) -> list[int]:
    """The ids of packages that may be chosen.

    Args:
        repos: the repositories that count here, by id; packages of others are left out.
        exclude: patterns of the whole release, beside each repository's own.
        active: the module streams that are on.
    """
    chosen = {
        solvable.id for repoid, repo in repos.items() for solvable in _of_repo(universe.repos[repoid], repo, exclude)
    }
    hotfixes = {repoid for repoid, repo in repos.items() if repo.module_hotfixes}
    return sorted(chosen - _hidden(universe, active, hotfixes))


def matcher(patterns: Iterable[str]) -> Matcher:
    """Whether a package is meant by one of some patterns: on its name, name.arch, NEVRA or NEVR, as dnf has it."""
    union = "|".join(f"(?:{fnmatch.translate(pattern)})" for pattern in sorted(set(patterns)))
    if not union:
        return lambda solvable: False
    expression = re.compile(union)
    return lambda solvable: any(expression.match(spelling) for spelling in _spellings(solvable))


def _of_repo(solvables: Any, repo: Repo, exclude: Sequence[str]) -> list[Any]:
    excluded, included = matcher((*repo.exclude, *exclude)), matcher(repo.include)
    return [
        solvable
        for solvable in solvables.solvables_iter()
        if not excluded(solvable) and (not repo.include or included(solvable))
    ]


def _spellings(solvable: Any) -> tuple[str, ...]:
    name, evr, arch = solvable.name, solvable.evr, solvable.arch
    plain = evr.rpartition(":")[2]
    version = plain.rpartition("-")[0]
    return (name, f"{name}.{arch}", f"{name}-{version}", f"{name}-{plain}", f"{name}-{plain}.{arch}", str(solvable))


def _hidden(universe: Universe, active: Active, hotfixes: set[str]) -> set[int]:
    """Packages of streams that are off, and others that bear or provide a name of a stream that is on.

    Source: libdnf's module filtering (``dnf_sack_filter_modules_v2``).
    """
    names, artifacts, hidden = active.names(), active.artifacts(), active.hidden()
    if not artifacts and not hidden:
        return set()
    providers = {solvable.id for name in names for solvable in universe.pool.whatprovides(universe.pool.Dep(name))}
    found = set()
    for solvable in universe.solvables():
        if solvable.repo.name in hotfixes:
            continue
        label = artifact_label(solvable)
        shadowed = solvable.name in names or solvable.id in providers
        if label in hidden or (shadowed and label not in artifacts):
            found.add(solvable.id)
    return found


def artifact_label(solvable: Any) -> str:
    """A package as module metadata names it: with the epoch even where it is 0."""
    nevra = nevra_of(solvable)
    return f"{nevra.name}-{nevra.epoch}:{nevra.version}-{nevra.release}.{nevra.arch}"
