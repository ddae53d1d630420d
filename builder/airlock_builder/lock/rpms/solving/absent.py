"""Why nothing meets a request: all that it means is hidden, is there for other architectures alone, or is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from typing import Any

from airlock_builder.lock.rpms.solving.requests import Request
from airlock_builder.lock.rpms.solving.subject import Subjects, is_fit
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.lock.rpms.solving.visible import Visible
from airlock_core.errors import InputError

_FEW = 3


class Unmet(InputError):
    """No package provides what is asked for, shown or hidden.

    Args:
        request: its text.
    """

    def __init__(self, request: str, *, where: str, why: str = "", todo: str) -> None:
        super().__init__(f"nothing provides {request!r}", where=where, why=why, todo=todo)
        self.request = request


def error(request: Request, universe: Universe, seen: Visible) -> InputError:
    """Why a request comes to nothing.

    Args:
        universe: all packages, shown or not.
        seen: those that could be chosen, with why all else could not.
    """
    everything = Subjects(universe, seen.ids | seen.reasons.keys(), hidden=True)
    meant = _meant(request, everything)
    if any(one.id in seen.reasons for one in meant):
        return _hidden(request, meant, universe, seen)
    builds = meant or everything.builds(request.text)
    if builds:
        why = words_on(builds, universe.arch)
        return Unmet(request.text, where=request.where, why=why, todo=_todo_builds(builds, universe))
    return Unmet(request.text, where=request.where, todo=_todo(request.text, universe))


def words_on(builds: Iterable[Any], arch: str) -> str:
    """What there is of packages: some of the builds, the newest first; and where none is for ``arch``, for which."""
    listed = sorted(sorted(builds, key=str), key=cmp_to_key(_newest_first))
    some = _few([str(one) for one in listed])
    if any(one.arch in (arch, "noarch") for one in listed):
        return f"there is {some}"
    names, arches = sorted({one.name for one in listed}), sorted({one.arch for one in listed})
    return f"{_few(names)} {'is' if len(names) == 1 else 'are'} there for {' and '.join(arches)} alone: {some}"


def _newest_first(one: Any, other: Any) -> int:
    return int(other.evrcmp(one))


def _meant(request: Request, subjects: Subjects) -> Sequence[Any]:
    if request.exact:
        return subjects.of_name(request.text)
    meaning = subjects.find(request.text)
    return meaning.packages if meaning else ()


def _hidden(request: Request, packages: Iterable[Any], universe: Universe, seen: Visible) -> InputError:
    reasons = dict.fromkeys(f"{one}: {seen.reasons.get(one.id) or f'for {one.arch} alone'}" for one in packages)
    return InputError(
        f"every package that {request.text!r} means is hidden",
        where=request.where,
        why=_few(list(reasons), "; "),
        todo="look at rpms.exclude, the repo's include and exclude, and rpms.modules",
    )


def _todo_builds(builds: Iterable[Any], universe: Universe) -> str:
    fit = [one for one in builds if is_fit(one)]
    own = {one.name for one in fit if one.arch in (universe.arch, "noarch")}
    wanted = sorted(own or {f"{one.name}.{one.arch}" for one in fit})
    ask = f"ask for {' or '.join(wanted[:_FEW])}, or " if wanted else ""
    return f"{ask}add the repo that has it for {universe.arch}"


def _todo(text: str, universe: Universe) -> str:
    if any(sign in text for sign in "<=>") and " " not in text:
        return "write spaces around the sign of comparison, as in 'foo >= 1.2'"
    name = text.removesuffix(".noarch").removesuffix(f".{universe.arch}")
    close = universe.names.nearest(name)
    return f"the nearest names: {', '.join(close)}" if close else "correct the name, or add the repo that has it"


def _few(texts: Sequence[str], between: str = ", ") -> str:
    more = [f"and {len(texts) - _FEW} more"] if len(texts) > _FEW else []
    return between.join([*texts[:_FEW], *more])
