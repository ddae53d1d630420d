"""What the solver cannot do, told by requirement and package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import solv

from airlock_builder.lock.rpms.nearest import nearest
from airlock_builder.lock.rpms.requests import Request
from airlock_builder.lock.rpms.universe import Universe
from airlock_core.errors import AirlockError, InputError

_MANY = 5
_HINTS = 3
_CLOSE = 0.8
"""How alike a provided name must be: sonames of any two libraries are alike."""


def errors(universe: Universe, problems: Sequence[Any], jobs: Sequence[tuple[Request, Any]]) -> list[AirlockError]:
    """An error for each problem, sorted.

    Args:
        problems: as the solver gave them.
        jobs: the solver's jobs in their order, with the requests that they came from.
    """
    found = [_error(universe, problem, jobs) for problem in problems]
    return [found[at] for at in sorted(range(len(found)), key=lambda at: found[at].lines())]


def missing_paths(problems: Sequence[Any]) -> set[str]:
    """Paths that packages require and nothing is known to have."""
    return {str(info.dep) for problem in problems for info in _infos(problem) if _is_missing(info)}


def _error(universe: Universe, problem: Any, jobs: Sequence[tuple[Request, Any]]) -> InputError:
    asked = _requests(problem, jobs)
    infos = _infos(problem)
    missing = sorted({(str(info.solvable), str(info.dep)) for info in infos if _is_missing(info)})
    chain = sorted({info.problemstr() for info in infos if not _is_missing(info) and info.type not in _DULL})
    needs = [f"{package} requires {need}, which nothing provides" for package, need in missing]
    names = " and ".join(repr(request.text) for request in asked) or "the packages"
    return InputError(
        f"{names} cannot be installed",
        where=", ".join(sorted({request.where for request in asked})),
        why="; ".join([*_some(needs), *_some(chain)]) or str(problem),
        todo=_remedy(universe, [need for _, need in missing]),
    )


def _some(texts: Sequence[str]) -> list[str]:
    left = len(texts) - _MANY
    return [*texts[:_MANY], f"and {left} more like these"] if left > 0 else list(texts)


def _remedy(universe: Universe, needs: Sequence[str]) -> str:
    if not needs:
        return "take one of them out, or exclude what conflicts"
    provided = _provided(universe)
    # among paths the nearest is never meant
    wanted = dict.fromkeys(need.partition(" ")[0] for need in needs if not need.startswith("/"))
    close = [name for need in wanted for name in nearest(need, provided, cutoff=_CLOSE)[:1]][:_HINTS]
    hint = f"the nearest that is provided: {', '.join(dict.fromkeys(close))}; " if close else ""
    return f"{hint}add the repo that has it, or list it in rpms.assume where the site has it already"


def _provided(universe: Universe) -> set[str]:
    return {
        str(provide).partition(" ")[0]
        for solvable in universe.solvables()
        for provide in solvable.lookup_deparray(solv.SOLVABLE_PROVIDES)
    }


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


_DULL = frozenset({solv.Solver.SOLVER_RULE_JOB, solv.Solver.SOLVER_RULE_BEST})
