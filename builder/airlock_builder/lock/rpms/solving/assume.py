"""Provides that the site already has: one installed package in the pool that provides what candidates require of them.

A pattern stands for requirements' names: ``glibc`` for ``glibc >= 2.28`` too, ``libc.so.6*`` for every symbol version.
Each requirement that matches is provided just as it is written, with its version range, so that a conflict with an
older version of the same name is not met by accident.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence, Set
from typing import Any

import solv

from airlock_builder.lock.rpms.solving.universe import ASSUMED, Universe

_PLAIN, _FOR_SCRIPTS = -1, 1
"""libsolv keeps requirements in two parts: before its marker, and behind it what scriptlets need (Requires(pre))."""


def assume(universe: Universe, patterns: Sequence[str]) -> None:
    """Put what matches into the pool as installed. To be called once, when all repositories are loaded."""
    expression = _expression(patterns)
    if expression is None:
        return
    repo = universe.pool.add_repo(ASSUMED)
    solvable = repo.add_solvable()
    solvable.name, solvable.evr, solvable.arch = "assumed-by-the-manifest", "0-0", "noarch"
    for requirement in _matching(universe.solvables(), expression):
        solvable.add_provides(requirement)
    repo.internalize()
    universe.pool.installed = repo


def assumed_by(universe: Universe, chosen: Set[int], patterns: Sequence[str]) -> tuple[str, ...]:
    """The requirements of chosen packages that only the assumption meets, as written, sorted.

    To be called last: after it, the universe shows nothing else.

    Args:
        chosen: ids of the packages that were chosen.
    """
    expression = _expression(patterns)
    if expression is None:
        return ()
    universe.show_only(chosen)
    solvables = [universe.pool.id2solvable(number) for number in chosen]
    return tuple(
        sorted(
            str(requirement)
            for requirement in _matching(solvables, expression)
            if not any(provider.id in chosen for provider in universe.pool.whatprovides(requirement))
        )
    )


def _expression(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{fnmatch.translate(pattern)})" for pattern in sorted(set(patterns))))


def _matching(solvables: Iterable[Any], expression: re.Pattern[str]) -> list[Any]:
    requirements = {
        requirement.id: requirement
        for solvable in solvables
        for marker in (_PLAIN, _FOR_SCRIPTS)
        for requirement in solvable.lookup_deparray(solv.SOLVABLE_REQUIRES, marker)
    }
    named = {str(requirement): requirement for requirement in requirements.values()}
    return [requirement for text, requirement in sorted(named.items()) if expression.match(text.partition(" ")[0])]
