"""What the solver cannot do, told by requirement and package."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import solv

from airlock_builder.lock.rpms.solving.absent import words_on
from airlock_builder.lock.rpms.solving.requests import Request
from airlock_builder.lock.rpms.solving.subject import Subjects
from airlock_builder.lock.rpms.solving.universe import Universe, library
from airlock_builder.lock.rpms.solving.visible import Visible
from airlock_core.errors import AirlockError, InputError

_MANY = 5
_HINTS = 3
_CLOSE = 0.8
"""How alike a provided name must be: sonames of any two libraries are alike."""


def errors(
    universe: Universe, problems: Sequence[Any], jobs: Sequence[tuple[Request, Any]], seen: Visible
) -> list[AirlockError]:
    """An error for each problem, sorted.

    Args:
        problems: as the solver gave them.
        jobs: the solver's jobs in their order, with the requests that they came from.
        seen: what could be chosen, with why all else could not.
    """
    found = [_error(universe, problem, jobs, seen) for problem in problems]
    return [found[at] for at in sorted(range(len(found)), key=lambda at: found[at].lines())]


def missing_paths(problems: Sequence[Any]) -> set[str]:
    """Paths that packages require and nothing is known to have."""
    return {str(info.dep) for problem in problems for info in _infos(problem) if _is_missing(info)}


def _error(universe: Universe, problem: Any, jobs: Sequence[tuple[Request, Any]], seen: Visible) -> InputError:
    asked = _requests(problem, jobs)
    infos = _infos(problem)
    missing = sorted({(str(info.solvable), str(info.dep)) for info in infos if _is_missing(info)})
    hidden = sorted({_hidden(info.solvable, universe, seen) for info in infos if info.type in _HIDDEN})
    needs = [f"{package} requires {need}, which nothing provides" for package, need in missing]
    chain = sorted({_words(info) for info in infos if info.type not in _TOLD_ELSEWHERE})
    names = " and ".join(repr(request.text) for request in asked) or "the packages"
    return InputError(
        f"{names} cannot be installed",
        where=", ".join(sorted({request.where for request in asked})),
        why="; ".join([*_some(needs), *_some(hidden), *_some(chain)]) or str(problem),
        todo=_remedy(universe, [need for _, need in missing], seen, hidden=bool(hidden)),
    )


def _hidden(package: Any, universe: Universe, seen: Visible) -> str:
    reason = seen.reasons.get(package.id)
    return f"{package} is {reason}" if reason else f"{package} is not for {universe.arch}"


def _words(info: Any) -> str:
    solver, one, other = solv.Solver, info.solvable, info.othersolvable
    texts = {
        solver.SOLVER_RULE_PKG_REQUIRES: f"{one} requires {info.dep}",
        solver.SOLVER_RULE_PKG_CONFLICTS: f"{one} conflicts with {info.dep}, which {other} is",
        solver.SOLVER_RULE_PKG_OBSOLETES: f"{one} obsoletes {info.dep}, which {other} is",
        solver.SOLVER_RULE_PKG_SAME_NAME: f"{one} and {other} are builds of one package",
        solver.SOLVER_RULE_INFARCH: f"{one} may not take the place of its build for a better architecture",
    }
    return texts.get(info.type) or str(info.problemstr())


def _some(texts: Sequence[str]) -> list[str]:
    left = len(texts) - _MANY
    return [*texts[:_MANY], f"and {left} more like these"] if left > 0 else list(texts)


def _remedy(universe: Universe, needs: Sequence[str], seen: Visible, *, hidden: bool) -> str:
    if not needs and hidden:
        return "look at rpms.exclude, the repo's include and exclude, and rpms.modules"
    if not needs:
        return "take one of them out, or exclude what conflicts"
    # among paths the nearest is never meant
    names = dict.fromkeys(_of_any_version(need) for need in needs if not need.startswith("/"))
    found = (hint for hint in (_hint(universe, name, seen) for name in names) if hint)
    advice = "add the repo that has it, or list it in rpms.assume where the site has it already"
    return "; ".join([*dict.fromkeys(islice(found, _HINTS)), advice])


def _of_any_version(need: str) -> str:
    """``foo`` of ``foo >= 1``, and ``libfoo.so.1()(64bit)`` of ``libfoo.so.1(FOO_1)(64bit)``."""
    name = library(need)
    return f"{name}()(64bit)" if ".so" in name and need.endswith(")(64bit)") else name


def _hint(universe: Universe, name: str, seen: Visible) -> str:
    """What there is instead: other builds of the same, builds that cannot be chosen, or the nearest name."""
    builds = sorted(str(solvable) for solvable in universe.pool.whatprovides(universe.pool.Dep(name)))
    if builds:
        return f"{name} is there from {', '.join(builds[:2])}"
    others = Subjects(universe, seen.ids | seen.reasons.keys()).builds(name.partition("(")[0])
    if others:
        return words_on(others, universe.arch)
    stem = library(name)
    close = [other for other in universe.provided.nearest(stem, cutoff=_CLOSE) if other != stem]
    return f"the nearest to {stem}: {close[0]}" if close else ""


def _requests(problem: Any, jobs: Sequence[tuple[Request, Any]]) -> list[Request]:
    """The requests that the solver would give up to solve this."""
    indexes = {
        element.jobidx
        for solution in problem.solutions()
        for element in solution.elements()
        if element.type == solv.Solver.SOLVER_SOLUTION_JOB
    }
    return sorted({jobs[index][0] for index in indexes if index < len(jobs)})


def _infos(problem: Any) -> list[Any]:
    return [info for rule in problem.findallproblemrules() for info in rule.allinfos()]


def _is_missing(info: Any) -> bool:
    return bool(info.type == solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP)


_HIDDEN = frozenset({solv.Solver.SOLVER_RULE_PKG_NOT_INSTALLABLE})
_TOLD_ELSEWHERE = _HIDDEN | {
    solv.Solver.SOLVER_RULE_JOB,
    solv.Solver.SOLVER_RULE_BEST,
    solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP,
}
