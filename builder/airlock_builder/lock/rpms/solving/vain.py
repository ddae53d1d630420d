"""What is excluded, included or disabled and names nothing: told, since a name misspelt keeps nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from airlock_builder.lock.rpms.modules import spec as modulespec
from airlock_builder.lock.rpms.modules.index import ModuleIndex
from airlock_builder.lock.rpms.modules.streams import Wish
from airlock_builder.lock.rpms.nearest import nearest
from airlock_builder.lock.rpms.solving.subject import Subjects
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Repo

_SOURCES = (".src", ".nosrc")
"""Ends of patterns that mean source packages alone, which nobody chooses from."""


def of_packages(universe: Universe, repos: Iterable[Repo], exclude: Iterable[str]) -> Iterator[str]:
    """A line for each pattern that fits no package; to be asked while the universe shows all of its packages.

    Args:
        exclude: patterns of the whole release, beside each repository's own.
    """
    every = {repo.id: repo for repo in repos}.values()
    numbers = {repo.id: frozenset(universe.ids_of(repo.id)) for repo in every}
    yield from _vain(universe, "rpms.exclude", exclude, frozenset[int]().union(*numbers.values()))
    for repo in every:
        yield from _vain(universe, f"repo {repo.id}: exclude", repo.exclude, numbers[repo.id])
        yield from _vain(universe, f"repo {repo.id}: include", repo.include, numbers[repo.id])


def of_modules(wishes: Iterable[Wish], index: ModuleIndex) -> Iterator[str]:
    """A line for each module that is disabled and that no repository has."""
    for wish in dict.fromkeys(wishes):
        if modulespec.find(wish.text, index.streams) is None:
            near = nearest(wish.text, {stream.name for stream in index.streams})
            yield f"{wish.where}: no repository has a module {wish.text}{_words(near)}"


def _vain(universe: Universe, where: str, patterns: Iterable[str], among: frozenset[int]) -> Iterator[str]:
    subjects = Subjects(universe, among, hidden=True)
    for pattern in dict.fromkeys(patterns):
        if not pattern.endswith(_SOURCES) and subjects.named(pattern) is None:
            yield f"{where}: {pattern} names no package{_words(universe.names.nearest(pattern))}"


def _words(near: Sequence[str]) -> str:
    return f" (the nearest: {', '.join(near)})" if near else ""
