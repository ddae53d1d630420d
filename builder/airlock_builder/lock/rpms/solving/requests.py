"""Requests: what people write for packages, groups and modules, down to packages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from operator import attrgetter

from airlock_builder.lock.rpms.metadata.comps import TYPES, Comps, Group
from airlock_builder.lock.rpms.modules import spec as modulespec
from airlock_builder.lock.rpms.modules.index import ModuleIndex
from airlock_builder.lock.rpms.modules.modulemd import Stream
from airlock_builder.lock.rpms.modules.streams import Active
from airlock_core.errors import AirlockError, InputError
from airlock_core.values import Value


@dataclass(frozen=True, order=True)
class Request:
    """One thing asked for.

    Args:
        text: name, name.arch, NEVRA or a part of it, provide, path, glob on these; ``@group``, ``@group/TYPES``,
            ``@^environment``, ``@module``, ``@module:stream/profile``.
        where: who asks, for errors.
        optional: it may be absent: comps lists packages of all architectures.
        every_arch: of all architectures that fit the platform, not of the best alone.
        exact: ``text`` is a name and nothing else.
        arch: of this architecture alone, where given.
        condition: only where this package is installed too.
        artifacts: of a module's profile: the module's own packages, which come before others of their names.
    """

    text: str
    where: str
    optional: bool = False
    every_arch: bool = False
    exact: bool = False
    arch: str = ""
    condition: str = ""
    artifacts: frozenset[str] = field(default=frozenset(), compare=False)


_rank = attrgetter("text", "where", "optional", "every_arch", "exact", "arch", "condition")
"""A request's place in its order: made once for each, while comparing two makes two."""


class Known(Value):
    """What requests may mean beside packages.

    Args:
        arch: the platform's architecture.
    """

    comps: Comps
    index: ModuleIndex
    active: Active
    arch: str


def expand(
    requests: Iterable[Request], known: Known, without: Collection[Request] = ()
) -> tuple[list[Request], list[AirlockError]]:
    """Replace groups, environments and modules by their packages; sorted, and an error for each that does not exist.

    Args:
        without: what is left out: ``@group``, and names and globs on names of the groups' packages.
    """
    faults: list[AirlockError] = []
    found: set[Request] = set()
    groups = {one for request in without if request.text[:1] == "@" for one in known.comps.ids_of(request.text[1:])}
    names = [request.text for request in without if request.text[:1] != "@"]
    for request in sorted(set(requests), key=_rank):
        try:
            found.update(_members(request, known, groups))
        except InputError as fault:
            if not request.optional:
                faults.append(fault)
    left = (one for one in found if not one.exact or not any(fnmatchcase(one.text, name) for name in names))
    return sorted(left, key=_rank), faults


def united(requests: Iterable[Request]) -> list[Request]:
    """The requests of several parts; a group's package that is asked for by name too, or by two groups, once.

    Groups' packages come last, as in dnf: where several packages would do, what is asked for first decides.
    """
    listed = sorted(set(requests), key=_rank)
    firm = {request.text for request in listed if not request.optional}
    members: dict[tuple[str, bool, str, str], Request] = {}
    for request in listed:
        if request.optional and request.text not in firm:
            members.setdefault((request.text, request.every_arch, request.arch, request.condition), request)
    return [*(request for request in listed if not request.optional), *members.values()]


def module_of(request: Request) -> str:
    """The text of a request that may mean a module, without its ``@``; empty for others."""
    return request.text[1:] if request.text[:1] == "@" and request.text[:2] != "@^" else ""


def _members(request: Request, known: Known, groups: Collection[str]) -> Iterable[Request]:
    text = module_of(request)
    meant = modulespec.find(text, known.index.streams) if text else None
    if meant:
        return _profiles(request, known, *meant)
    if text and modulespec.looks_like_module(text):
        raise InputError(f"there is no module {text!r}", where=request.where, todo=_todo_module(text, known))
    if request.text.startswith("@"):
        return _group(request, known, groups)
    return {request}


def _todo_module(text: str, known: Known) -> str:
    streams = sorted({one.spec for one in known.index.streams if one.name == text.partition(":")[0]})
    return f"there is {', '.join(streams)}" if streams else "no repository has module metadata that knows it"


def _profiles(request: Request, known: Known, spec: modulespec.ModuleSpec, meant: Sequence[Stream]) -> set[Request]:
    """The packages of a module's profiles, as ``dnf module install`` takes them (dnf, ``ModuleBase.install``)."""
    where = f"{request.where}: {request.text}"
    found: set[Request] = set()
    for name in sorted({stream.name for stream in meant}):
        builds = [stream for stream in meant if stream.name == name]
        newest = known.active.latest(builds)
        if newest is None:
            raise InputError(f"the module {name} is not active", where=where, why=known.active.word_on(name))
        wanted = _wanted(spec.profile, newest, known.index, where)
        artifacts = frozenset(one for build in builds if build in known.active.streams for one in build.artifacts)
        packages = {package for profile in wanted for package in newest.profiles[profile]}
        found |= {Request(package, where, exact=True, artifacts=artifacts) for package in packages}
    return found


def _wanted(profile: str, stream: Stream, index: ModuleIndex, where: str) -> tuple[str, ...]:
    """The profiles that are meant, all of which the stream has."""
    fitting = modulespec.fitting(profile, stream.profiles)
    wanted = fitting if profile else index.profiles.get((stream.name, stream.stream), ())
    unknown = [one for one in wanted if one not in stream.profiles]
    if wanted and not unknown:
        return tuple(wanted)
    known = ", ".join(f"@{stream.spec}/{one}" for one in sorted(stream.profiles))
    what = (
        f"no profile {', '.join(map(repr, unknown)) or repr(profile)}" if profile or unknown else "no default profile"
    )
    todo = f"ask for one of {known}" if known else f"ask for its packages by name, and enable {stream.spec}"
    why = index.contradiction if not wanted and not profile else ""
    raise InputError(f"the module stream {stream.spec} has {what}", where=where, why=why, todo=todo)


def _group(request: Request, known: Known, without: Collection[str]) -> set[Request]:
    """The packages of a group or an environment; those of some types where it names them behind a slash."""
    name, slash, listed = request.text[1:].partition("/")
    types = listed.split(",") if slash else None
    where = f"{request.where}: {request.text}"
    if types and not set(types) <= set(TYPES):
        raise InputError(f"not a type of packages: {listed!r}", where=where, todo=f"write some of {', '.join(TYPES)}")
    found: set[Request] = set()
    for group in known.comps.groups_of(name, where=where, without=without):
        found |= _packages(group, types, request, known.arch)
    return {replace(one, where=where) for one in found}


def _packages(group: Group, types: Sequence[str] | None, request: Request, arch: str) -> set[Request]:
    members = group.members() if types is None else group.members(types)
    return {
        replace(
            request,
            text=member.name,
            optional=True,
            exact=True,
            arch=arch if member.base_arch else "",
            condition=member.requires,
        )
        for member in members
    }
