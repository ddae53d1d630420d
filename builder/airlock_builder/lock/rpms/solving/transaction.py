"""One transaction into an empty system: the closed set of packages for some requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import solv

from airlock_builder.lock.rpms.solving import problems
from airlock_builder.lock.rpms.solving.picks import jobs, needs_paths
from airlock_builder.lock.rpms.solving.requests import Request
from airlock_builder.lock.rpms.solving.universe import ASSUMED, Universe, needs_filelists
from airlock_builder.lock.rpms.solving.visible import Visible
from airlock_core.errors import raise_all

_INSTALL_ONLY = (
    "kernel",
    "kernel-PAE",
    "installonlypkg(kernel)",
    "installonlypkg(kernel-module)",
    "installonlypkg(vm)",
    "multiversion(kernel)",
)


class FilelistsNeeded(Exception):
    """Only filelists can say who has a path that is asked for or required."""


def solve(
    universe: Universe,
    requests: Sequence[Request],
    seen: Visible,
    *,
    chosen: Iterable[int] = (),
    favored: Iterable[int] = (),
    pins: Collection[int] = (),
    weak_deps: bool = False,
    filelists: bool = False,
) -> list[int]:
    """The ids of all packages that must be there.

    Args:
        universe: its visible packages are chosen from.
        requests: single packages, not groups.
        seen: the same visible packages, with why others are not.
        chosen: ids of packages that are there already and stay.
        favored: ids of packages that are taken where there is a choice.
        pins: ids of packages that are taken where nothing stands against them, needed or not.
        weak_deps: recommended packages too.
        filelists: whether the universe knows all paths.

    Raises:
        InputError, Faults: requests that nothing meets or that cannot be met together; all of them.
        FilelistsNeeded: it takes ``filelists`` to tell.
    """
    if not filelists and any(needs_paths(request) for request in requests):
        raise FilelistsNeeded
    asked, faults = jobs(universe, requests, seen, pins)
    kept = [_one(universe.pool, solv.Job.SOLVER_INSTALL, number) for number in sorted(set(chosen))]
    kept += [_one(universe.pool, solv.Job.SOLVER_FAVOR, number) for number in sorted(set(favored))]
    kept += [_one(universe.pool, solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_WEAK, number) for number in sorted(pins)]
    solver = _solver(universe.pool, weak_deps=weak_deps)
    found = solver.solve([*(job for _, job in asked), *kept, *_side_by_side(universe.pool)])
    if not filelists and any(needs_filelists(path) for path in problems.missing_paths(found)):
        raise FilelistsNeeded
    faults += problems.errors(universe, found, asked, seen)
    raise_all(f"{len(faults)} requests cannot be met", faults)
    taken = sorted(solvable.id for solvable in solver.transaction().newsolvables() if solvable.repo.name != ASSUMED)
    # a pin whose path nobody seems to have gives way to another build, and the solver speaks of no problem
    if not filelists and any(_requires_paths(universe.pool, number) for number in set(pins).difference(taken)):
        raise FilelistsNeeded
    return taken


def _requires_paths(pool: Any, number: int) -> bool:
    solvable = pool.id2solvable(number)
    needs = (need for part in (-1, 1) for need in solvable.lookup_deparray(solv.SOLVABLE_REQUIRES, part))
    return any(needs_filelists(str(need)) for need in needs)


def _one(pool: Any, action: int, number: int) -> Any:
    return pool.Job(action | solv.Job.SOLVER_SOLVABLE, number)


def _side_by_side(pool: Any) -> list[Any]:
    """Packages of which several builds may be installed, as dnf has it (``installonlypkgs``)."""
    how = solv.Job.SOLVER_MULTIVERSION | solv.Job.SOLVER_SOLVABLE_PROVIDES
    return [pool.Job(how, number) for name in _INSTALL_ONLY if (number := pool.str2id(name, 0))]


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
