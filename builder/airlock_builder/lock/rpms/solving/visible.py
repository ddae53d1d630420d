"""Which packages may be chosen at all, and why others may not: excludes, includes, and what module streams hide.

Source: libdnf's ``setModuleExcludes`` (dnf-sack.cpp) for streams, dnf's ``_setup_excludes_includes`` for the rest: what
is excluded is excluded, whatever includes say; a repository with includes gives these alone. Only packages whose names
stand in module metadata or fit a pattern are looked at, since Python is slow at twenty thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from airlock_builder.lock.rpms.modules.streams import Active
from airlock_builder.lock.rpms.solving.subject import Subjects
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Repo
from airlock_core.nevra import Nevra
from airlock_core.values import Value


class Visible(Value):
    """The packages that may be chosen.

    Args:
        ids: of these.
        reasons: why others of the repositories that count may not, by id.
        hotfixes: ids of repositories that module streams hide nothing of.
    """

    ids: frozenset[int]
    reasons: Mapping[int, str]
    hotfixes: frozenset[str] = frozenset()


def visible(
    universe: Universe,
    repos: Sequence[Repo],
    active: Active,
    exclude: Sequence[str] = (),
    without: Iterable[tuple[str, str]] = (),
) -> Visible:
    """Find the packages that may be chosen; to be asked while the universe shows all of its packages.

    Args:
        repos: the repositories that count here.
        active: the module streams that are on.
        exclude: patterns of the whole release, beside each repository's own.
        without: names and globs on names that are left out, each with who says so.
    """
    numbers = {repo.id: universe.ids_of(repo.id) for repo in repos}
    counting = frozenset[int]().union(*numbers.values())
    subjects = Subjects(universe, counting)
    reasons: dict[int, str] = {}
    for number, reason in _reasons(universe, subjects, repos, numbers, active, exclude, without):
        reasons.setdefault(number, reason)
    hotfixes = frozenset(repo.id for repo in repos if repo.module_hotfixes)
    return Visible(counting - reasons.keys(), reasons, hotfixes)


def artifact_label(nevra: Nevra) -> str:
    """A package as module metadata names it: with the epoch even where it is 0."""
    return f"{nevra.name}-{nevra.epoch}:{nevra.version}-{nevra.release}.{nevra.arch}"


def _label_of(solvable: Any) -> str:
    evr = solvable.evr
    return f"{solvable.name}-{evr if ':' in evr else f'0:{evr}'}.{solvable.arch}"


def _reasons(
    universe: Universe,
    subjects: Subjects,
    repos: Sequence[Repo],
    numbers: Mapping[str, range],
    active: Active,
    exclude: Sequence[str],
    without: Iterable[tuple[str, str]],
) -> Iterator[tuple[int, str]]:
    for name, where in without:
        yield from ((solvable.id, f"left out by {where}: -{name}") for solvable in subjects.of_name(name))
    yield from ((number, "excluded by rpms.exclude") for number in _found(subjects, exclude))
    for repo in repos:
        ids = numbers[repo.id]
        yield from ((number, f"excluded in the repo {repo.id}") for number in _found(subjects, repo.exclude, ids))
        if repo.include:
            taken = set(_found(subjects, repo.include, ids))
            yield from (
                (number, f"not among what the repo {repo.id} includes") for number in ids if number not in taken
            )
    hotfixes = [numbers[repo.id] for repo in repos if repo.module_hotfixes]
    for number, reason in _hidden(universe, active):
        if not any(number in ids for ids in hotfixes):
            yield number, reason


def _found(subjects: Subjects, patterns: Iterable[str], ids: range | None = None) -> Iterator[int]:
    for pattern in patterns:
        meaning = subjects.named(pattern)
        for solvable in meaning.packages if meaning else ():
            if ids is None or solvable.id in ids:
                yield solvable.id


def _hidden(universe: Universe, active: Active) -> Iterator[tuple[int, str]]:
    """Packages of streams that are off, and others that bear or provide a name of a stream that is on."""
    for name in sorted(active.names.keys() | {label.rsplit("-", 2)[0] for label in active.hidden}):
        number = universe.pool.str2id(name, 0)
        owner = active.names.get(name)
        for solvable in universe.pool.whatprovides(number) if number else ():
            identity = _label_of(solvable)
            label = identity if solvable.nameid == number else ""
            if identity in active.artifacts:
                continue
            if label in active.hidden:
                stream = active.hidden[label]
                yield solvable.id, f"of the module stream {stream.spec}, and {active.word_on(stream.name)}"
            elif owner:
                how = "has" if label else "provides"
                yield solvable.id, f"hidden by the active module stream {owner.spec}: it {how} the name {name}"
