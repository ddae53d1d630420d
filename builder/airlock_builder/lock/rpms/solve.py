"""One transaction into an empty system: the closed set of packages for some requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import solv

from airlock_builder.lock.rpms import problems
from airlock_builder.lock.rpms.requests import Request, jobs
from airlock_builder.lock.rpms.universe import ASSUMED, Universe, needs_filelists
from airlock_core.errors import raise_all


class FilelistsNeeded(Exception):
    """Only filelists can say who has a path that is asked for or required."""


def solve(
    universe: Universe,
    requests: Sequence[Request],
    *,
    chosen: Iterable[int] = (),
    weak_deps: bool = False,
    filelists: bool = False,
) -> list[int]:
    """The ids of all packages that must be there.

    Args:
        universe: its visible packages are chosen from.
        requests: single packages, not groups.
        chosen: ids of packages that are there already and stay.
        weak_deps: recommended packages too.
        filelists: whether the universe knows all paths.

    Raises:
        InputError, Faults: requests that nothing meets or that cannot be met together; all of them.
        FilelistsNeeded: it takes ``filelists`` to tell.
    """
    if not filelists and any(needs_filelists(request.text) for request in requests):
        raise FilelistsNeeded
    asked, faults = jobs(universe, requests)
    kept = [_keep(universe.pool, number) for number in sorted(set(chosen))]
    solver = _solver(universe.pool, weak_deps=weak_deps)
    found = solver.solve([*(job for _, job in asked), *kept])
    if not filelists and any(needs_filelists(path) for path in problems.missing_paths(found)):
        raise FilelistsNeeded
    faults += problems.errors(universe, found, asked)
    raise_all(f"{len(faults)} requests cannot be met", faults)
    return sorted(solvable.id for solvable in solver.transaction().newsolvables() if solvable.repo.name != ASSUMED)


def _keep(pool: Any, number: int) -> Any:
    return pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE, number)


def _solver(pool: Any, *, weak_deps: bool) -> Any:
    """A solver set as dnf sets it (libdnf, ``init_solver`` in goal/Goal.cpp)."""
    solver = pool.Solver()
    flags = {
        solv.Solver.SOLVER_FLAG_ALLOW_VENDORCHANGE: 1,
        solv.Solver.SOLVER_FLAG_BEST_OBEY_POLICY: 1,
        solv.Solver.SOLVER_FLAG_YUM_OBSOLETES: 1,
        solv.Solver.SOLVER_FLAG_KEEP_ORPHANS: 1,
        solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED: int(not weak_deps),
    }
    for flag, value in flags.items():
        solver.set_flag(flag, value)
    return solver
