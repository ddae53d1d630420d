"""Which locked package brought which other, and which requests began it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import solv

from airlock_builder.lock.rpms.content import Ask
from airlock_builder.lock.rpms.solving.requests import expand
from airlock_builder.lock.rpms.solving.subject import Subjects
from airlock_builder.lock.rpms.tracing.aslocked import AsLocked
from airlock_builder.lock.rpms.tracing.paths import MARKERS

REQUIRES = "requires"
_OPERATORS = frozenset({"and", "or", "if", "unless", "else", "with", "without"})
_CONDITIONS = frozenset({"if", "unless", "without"})


@dataclass(frozen=True, order=True)
class Asked:
    """One request of the manifest or of a kickstart.

    Args:
        where: file and line, or path in the manifest; behind a colon the group or module that it goes through.
        text: as it is written.
        option: whose it is; empty for the release's own.
    """

    where: str
    text: str
    option: str = ""


@dataclass(frozen=True, order=True)
class Need:
    """One arrow: a package needs what another provides.

    Args:
        by, of: ids of the package that needs and of the one that is needed.
        kind: ``requires``, ``recommends`` or ``is supplemented by``.
        text: the requirement as the package has it.
        others: how many other locked packages provide it too.
    """

    by: int
    of: int
    kind: str
    text: str
    others: int = 0


@dataclass(frozen=True)
class Graph:
    """All requests and arrows of a lock.

    Args:
        asked: the requests that mean each package.
        needs: the arrows from each package.
    """

    asked: Mapping[int, Sequence[Asked]]
    needs: Mapping[int, Sequence[Need]] = field(default_factory=dict)

    def needed_by(self, number: int) -> list[Need]:
        """The arrows to a package, requirements first."""
        return self.backwards.get(number, [])

    @cached_property
    def backwards(self) -> Mapping[int, list[Need]]:
        """The arrows to each package, requirements first."""
        found: dict[int, list[Need]] = defaultdict(list)
        for needs in self.needs.values():
            for need in needs:
                found[need.of].append(need)
        for arrows in found.values():
            arrows.sort(key=lambda need: (need.kind != REQUIRES, need.others > 0, need.by, need.text))
        return found

    def chain(self, number: int) -> tuple[Asked, tuple[Need, ...]] | None:
        """The shortest way from a request to a package; of equal ones that through what nothing else provides."""
        came: dict[int, Need | None] = dict.fromkeys(sorted(self.asked))
        layer = list(came)
        while layer and number not in came:
            steps = (need for one in layer for need in self.needs.get(one, ()) if need.of not in came)
            layer = []
            for need in sorted(steps, key=lambda need: (need.kind != REQUIRES, need.others > 0, need.of, need.by)):
                if need.of not in came:
                    came[need.of] = need
                    layer.append(need.of)
        if number not in came:
            return None
        way: list[Need] = []
        while step := came[way[-1].by if way else number]:
            way.append(step)
        start = way[-1].by if way else number
        return min(self.asked[start]), tuple(reversed(way))

    def reachable(self, without: int) -> set[int]:
        """The packages that requests bring where one package is taken out."""
        found = set(self.asked) - {without}
        layer = set(found)
        while layer:
            layer = {need.of for one in layer for need in self.needs.get(one, ())} - found - {without}
            found |= layer
        return found


def graph(locked: AsLocked, asked: Sequence[Ask], *, weak: bool | None = None) -> Graph:
    """Read the graph of a lock.

    Args:
        weak: with recommendations too; None: where the manifest takes them.
    """
    weak = any(ask.weak_deps for ask in asked) if weak is None else weak
    needs: dict[int, list[Need]] = defaultdict(list)
    for number in sorted(locked.packages):
        for need in _needs(locked, number, weak=weak):
            needs[need.by].append(need)
    return Graph(_asked(locked, asked), {by: sorted(set(found)) for by, found in needs.items()})


def meant(locked: AsLocked, text: str) -> list[int]:
    """The locked packages that a text means: name, NEVRA or a part of it, glob, provide, path."""
    meaning = Subjects(locked.universe, frozenset(locked.packages)).find(text)
    return [solvable.id for solvable in meaning.packages] if meaning else []


def _asked(locked: AsLocked, asked: Sequence[Ask]) -> dict[int, list[Asked]]:
    picks = locked.picks()
    subjects = Subjects(locked.universe, frozenset(locked.packages))
    found: dict[int, list[Asked]] = defaultdict(list)
    for ask in asked:
        for part in ask.parts:
            for original in part.requests:
                for request in expand([original], locked.known, part.without)[0]:
                    packages = (
                        list(subjects.of_name(request.text))
                        if request.condition
                        else [one for some in picks.sets(request) for one in some]
                    )
                    for package in packages:
                        found[package.id].append(Asked(request.where, original.text, ask.option or ""))
    return {number: sorted(set(listed)) for number, listed in found.items()}


def _needs(locked: AsLocked, number: int, *, weak: bool) -> Iterator[Need]:
    solvable = locked.solvable(number)
    kinds = [(REQUIRES, solv.SOLVABLE_REQUIRES)]
    kinds += [("recommends", solv.SOLVABLE_RECOMMENDS)] if weak else []
    for kind, key in kinds:
        for marker in MARKERS:
            for need in solvable.lookup_deparray(key, marker):
                providers = _providers(locked, need)
                if number not in providers:
                    yield from (Need(number, of, kind, str(need), len(providers) - 1) for of in sorted(providers))
    if weak:
        for need in solvable.lookup_deparray(solv.SOLVABLE_SUPPLEMENTS):
            yield from (
                Need(by, number, "is supplemented by", str(need))
                for by in sorted(_providers(locked, need))
                if by != number
            )


def _providers(locked: AsLocked, need: Any) -> set[int]:
    pool = locked.universe.pool
    text = str(need)
    found = {provider.id for provider in pool.whatprovides(need)} & locked.packages.keys()
    if found or not text.startswith("("):
        return found
    leaves = (pool.Dep(leaf, 0) for leaf in _leaves(text))
    return {one.id for leaf in leaves if leaf for one in pool.whatprovides(leaf)} & locked.packages.keys()


def _leaves(text: str) -> Iterator[str]:
    """The names in a rich requirement that may be meant: not those behind ``if``, ``unless`` and ``without``."""
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    wanted = True
    for word in _words(inner):
        if word in _OPERATORS:
            wanted = word not in _CONDITIONS
        elif wanted and word.startswith("("):
            yield from _leaves(word)
        elif wanted:
            yield word.partition(" ")[0]


def _words(text: str) -> Iterable[str]:
    """The words of a text; what stands in parentheses, and a comparison with its version, is one."""
    words: list[str] = []
    depth, start = 0, 0
    for place, letter in enumerate(f"{text} "):
        depth += (letter == "(") - (letter == ")")
        if letter == " " and depth == 0:
            words.append(text[start:place])
            start = place + 1
    joined: list[str] = []
    for word in filter(None, words):
        if joined and (word in ("=", "<", ">", "<=", ">=") or joined[-1].endswith((" =", " <", " >", " <=", " >="))):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined
