"""From single requests to jobs for the solver, with the packages that each may be met by.

Source: dnf 4 (``Base.install``, ``Subject._get_best_selectors``, ``Base._finalize_comps_trans``): one of the packages
that a text means is installed, one of each name where it is a glob; where names are meant, what obsoletes them will do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import solv

from airlock_builder.lock.rpms.solving import absent
from airlock_builder.lock.rpms.solving.requests import Request
from airlock_builder.lock.rpms.solving.subject import Subjects, is_glob, is_path
from airlock_builder.lock.rpms.solving.universe import Universe, needs_filelists, nevra_of
from airlock_builder.lock.rpms.solving.visible import Visible, artifact_label
from airlock_core.errors import AirlockError

_LITERAL = re.compile(r"\[.*?\]|[*?\[]")
_INSTALL = solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_FORCEBEST
"""The best candidate or none, as dnf on Enterprise Linux (best=True): an older build would hide a broken newer one."""
_ONE_OF = _INSTALL | solv.Job.SOLVER_SOLVABLE_ONE_OF | solv.Job.SOLVER_SETARCH | solv.Job.SOLVER_SETEVR
"""One of these packages, whose version and architecture were chosen (libdnf, ``filterPkgToJob``)."""


def jobs(
    universe: Universe, requests: Sequence[Request], seen: Visible, pins: Collection[int] = ()
) -> tuple[list[tuple[Request, Any]], list[AirlockError]]:
    """Jobs for the solver, each with its request, and errors for requests that nothing can meet.

    Args:
        universe: shows what may be chosen.
        seen: likewise, with why all else may not.
        pins: ids of packages that are to stay: what one of them meets need not be met by the best.
    """
    picks = Picks(universe, seen, pins)
    found: list[tuple[Request, Any]] = []
    faults: list[AirlockError] = []
    for request in requests:
        made = list(picks.jobs(request))
        found += [(request, job) for job in made]
        if not made and not request.optional:
            faults.append(absent.error(request, universe, seen))
    return found, faults


def needs_paths(request: Request) -> bool:
    """Whether only filelists can say what a request means."""
    if request.exact or not is_path(request.text):
        return False
    if not is_glob(request.text):
        return needs_filelists(request.text)
    # what primary has is /etc/ and all with bin/ in it; what stands between signs of a glob stands in every match
    return not request.text.startswith("/etc/") and not any("bin/" in part for part in _LITERAL.split(request.text))


class Picks:
    """Which packages requests mean.

    Args:
        universe: shows what may be chosen.
        seen: likewise.
        pins: ids of packages that are to stay.
    """

    def __init__(self, universe: Universe, seen: Visible, pins: Collection[int] = ()) -> None:
        self._pins = frozenset(pins)
        self._pool = universe.pool
        self._subjects = Subjects(universe, seen.ids)
        self._hotfixes = seen.hotfixes

    def jobs(self, request: Request) -> Iterator[Any]:
        """Jobs for the solver."""
        if request.condition:
            if self._named(request):
                rich = self._pool.parserpmrichdep(f"({request.text} if {request.condition})")
                yield self._pool.Job(_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES, rich.id)
            return
        for packages in self.sets(request):
            ids = sorted({package.id for package in packages})
            how = _ONE_OF if self._pins.isdisjoint(ids) else _ONE_OF & ~solv.Job.SOLVER_FORCEBEST
            yield self._pool.Job(how, self._pool.towhatprovides(ids))

    def sets(self, request: Request) -> Iterator[Sequence[Any]]:
        """Sets of packages, of each of which one is to be installed."""
        if request.exact:
            yield from self._exact(request)
            return
        meaning = self._subjects.find(request.text)
        if meaning is None:
            return
        widen = self._with_obsoleters if meaning.just_name or meaning.many_arches else list
        if meaning.many_arches or request.every_arch:
            parts = _parted(meaning.packages, lambda one: (one.name, one.arch))
        elif is_glob(request.text) and not is_path(request.text):
            parts = _parted(meaning.packages, lambda one: one.name)
        else:
            parts = [list(meaning.packages)]
        yield from (widen(part) for part in parts)

    def _exact(self, request: Request) -> Iterator[Sequence[Any]]:
        found = self._named(request)
        if request.artifacts:
            found = [one for one in found if self._is_own(one, request)] or found
        elif request.every_arch:
            yield from (self._with_obsoleters(part) for part in _parted(found, lambda one: one.arch))
            return
        else:
            found = self._with_obsoleters(found)
        if found:
            yield found

    def _named(self, request: Request) -> list[Any]:
        return [one for one in self._subjects.of_name(request.text) if request.arch in ("", one.arch)]

    def _is_own(self, package: Any, request: Request) -> bool:
        return package.repo.name in self._hotfixes or artifact_label(nevra_of(package)) in request.artifacts

    def _with_obsoleters(self, packages: Iterable[Any]) -> list[Any]:
        found = list(packages)
        for package in list(found):
            for obsoleter, need in self._obsoleters.get(package.name, ()):
                if package.matchesdep(solv.SOLVABLE_NAME, need):
                    found.append(obsoleter)
        return found

    @cached_property
    def _obsoleters(self) -> dict[str, list[tuple[Any, Any]]]:
        """Packages that obsolete others, by these others' names."""
        found: dict[str, list[tuple[Any, Any]]] = {}
        selection = self._pool.matchdeps("*", solv.Selection.SELECTION_GLOB, solv.SOLVABLE_OBSOLETES)
        for package in selection.solvables():
            for need in package.lookup_deparray(solv.SOLVABLE_OBSOLETES):
                found.setdefault(str(need).partition(" ")[0], []).append((package, need))
        return found


def _parted(packages: Iterable[Any], key: Callable[[Any], Any]) -> list[list[Any]]:
    parts: dict[Any, list[Any]] = {}
    for package in packages:
        parts.setdefault(key(package), []).append(package)
    return [parts[one] for one in sorted(parts)]
