"""Requests: what people write for packages, down to single names, and those to jobs for the solver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import solv

from airlock_builder.lock.rpms.comps import Comps
from airlock_builder.lock.rpms.modulemd import ModuleIndex
from airlock_builder.lock.rpms.streams import Active
from airlock_builder.lock.rpms.universe import Universe
from airlock_core.errors import AirlockError, InputError, raise_all

_GLOB = frozenset("*?[")


@dataclass(frozen=True, order=True)
class Request:
    """One thing asked for.

    Args:
        text: name, name.arch, NEVRA, glob, provide, path, ``@group``, ``@^environment``, ``@module:stream/profile``;
            ``-name`` takes a member out of groups, as in a kickstart.
        where: who asks, for errors.
        optional: a member of a group, which may be absent: comps lists packages of all architectures.
    """

    text: str
    where: str
    optional: bool = False


def enabled_streams(requests: Iterable[Request]) -> set[str]:
    """The module streams that requests switch on, as ``name:stream``."""
    return {request.text[1:].partition("/")[0] for request in requests if _is_module(request.text)}


def expand(requests: Iterable[Request], comps: Comps, index: ModuleIndex, active: Active) -> list[Request]:
    """Replace groups, environments and modules by their packages; sorted, each once.

    Raises:
        InputError, Faults: all that do not exist, at once.
    """
    faults: list[AirlockError] = []
    found: set[Request] = set()
    asked = sorted(set(requests))
    dropped = {request.text[1:] for request in asked if request.text.startswith("-")}
    for request in asked:
        try:
            found |= _members(request, comps, index, active)
        except InputError as fault:
            faults.append(fault)
    raise_all(f"{len(faults)} requests cannot be met", faults)
    firm = {request.text for request in found if not request.optional}
    return sorted(request for request in found if not request.optional or request.text not in firm | dropped)


def jobs(universe: Universe, requests: Sequence[Request]) -> tuple[list[tuple[Request, Any]], list[AirlockError]]:
    """Jobs for the solver, each with its request, and errors for requests that nothing can meet."""
    found: list[tuple[Request, Any]] = []
    faults: list[AirlockError] = []
    for request in requests:
        selection = _select(universe.pool, request.text)
        if selection.isempty():
            if not request.optional:
                faults.append(_unknown(universe, request))
            continue
        # the best candidate or none, as dnf on Enterprise Linux (best=True): an older build would hide a broken newer
        how = solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_FORCEBEST
        found += [(request, job) for job in selection.jobs(how)]
    return found, faults


def _is_module(text: str) -> bool:
    return text.startswith("@") and not text.startswith("@^") and ":" in text


def _members(request: Request, comps: Comps, index: ModuleIndex, active: Active) -> set[Request]:
    text = request.text
    if text.startswith("-"):
        return set()
    if _is_module(text):
        return {Request(name, request.where) for name in _profile(request, index, active)}
    if text.startswith("@"):
        names = comps.packages_of(text[1:], where=f"{request.where}: {text}")
        return {Request(name, f"{request.where}: {text}", optional=True) for name in names}
    return {request}


def _profile(request: Request, index: ModuleIndex, active: Active) -> tuple[str, ...]:
    spec, _, profile = request.text[1:].partition("/")
    name, _, stream = spec.partition(":")
    found = active.find(name, stream)
    where = f"{request.where}: {request.text}"
    if found is None:
        raise InputError(f"the module stream {spec} is not active", where=where, todo="enable it in rpms.modules")
    wanted = (profile,) if profile else index.profiles.get((name, stream), ())
    unknown = [one for one in wanted if one not in found.profiles]
    if unknown or not wanted:
        known = ", ".join(sorted(found.profiles)) or "none"
        what = f"no profile {profile!r}" if profile else "no default profile"
        raise InputError(f"the module stream {spec} has {what}", where=where, todo=f"its profiles: {known}")
    return tuple(sorted({package for one in wanted for package in found.profiles[one]}))


def _select(pool: Any, text: str, more: int = 0) -> Any:
    """What a request means: a path, else a name or NEVRA, else something provided."""
    selection = solv.Selection
    glob = selection.SELECTION_GLOB if _GLOB & set(text) else 0
    kinds = [
        selection.SELECTION_NAME | selection.SELECTION_DOTARCH,
        selection.SELECTION_CANON | selection.SELECTION_DOTARCH,
        selection.SELECTION_PROVIDES | selection.SELECTION_REL,
    ]
    if text.startswith("/"):
        kinds = [selection.SELECTION_FILELIST, selection.SELECTION_PROVIDES]
    found = pool.Selection()
    for kind in kinds:
        found = pool.select(text, kind | glob | more)
        if not found.isempty():
            break
    return found


def _unknown(universe: Universe, request: Request) -> InputError:
    hidden = _select(universe.pool, request.text, solv.Selection.SELECTION_WITH_DISABLED)
    if not hidden.isempty():
        builds = ", ".join(sorted(str(solvable) for solvable in hidden.solvables())[:3])
        return InputError(
            f"every package that {request.text!r} means is excluded or hidden by a module stream",
            where=request.where,
            why=builds,
            todo="look at rpms.exclude, the repo's include and exclude, and rpms.modules",
        )
    name = request.text.removesuffix(".noarch").removesuffix(f".{universe.arch}")
    close = universe.names.nearest(name)
    todo = f"the nearest names: {', '.join(close)}" if close else "correct the name, or add the repo that has it"
    return InputError(f"nothing provides {request.text!r}", where=request.where, todo=todo)
