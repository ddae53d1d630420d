"""comps.xml: groups and environments of packages.

Source: the comps format as dnf reads it (libcomps): ``packagereq`` of type mandatory, default, optional, conditional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from xml.etree.ElementTree import Element

from airlock_builder.lock.rpms import safexml
from airlock_builder.lock.rpms.nearest import nearest
from airlock_core.errors import InputError

_TAKEN = ("mandatory", "default")


@dataclass(frozen=True)
class Group:
    """A group: its names, and the packages that come with it (mandatory and default)."""

    id: str
    name: str
    packages: tuple[str, ...]


@dataclass(frozen=True)
class Environment:
    """An environment: its names, and the ids of the groups that come with it."""

    id: str
    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Comps:
    """All groups and environments by id."""

    groups: Mapping[str, Group] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)

    def packages_of(self, request: str, *, where: str) -> tuple[str, ...]:
        """The packages of ``group`` or ``^environment``, by id or by name.

        Raises:
            InputError: there is none of that name; the nearest are named.
        """
        if request.startswith("^"):
            environment = _pick(self.environments, request[1:], "environment", where)
            groups = [self.groups[group] for group in environment.groups if group in self.groups]
            return tuple(sorted({name for group in groups for name in group.packages}))
        return _pick(self.groups, request, "group", where).packages


def parse(data: bytes, *, where: str) -> Comps:
    """Read comps.xml.

    Raises:
        VerificationError: not XML, or with a document type of its own content.
    """
    root = safexml.parse(data, where=where, doctype=True)  # distributions name comps.dtd, and nothing in it
    groups = [_group(element) for element in root if safexml.local(element) == "group"]
    environments = [_environment(element) for element in root if safexml.local(element) == "environment"]
    return Comps({group.id: group for group in groups}, {entry.id: entry for entry in environments})


def merge(parts: Iterable[Comps]) -> Comps:
    """The groups of several repositories; what stands in more than one is added up, as dnf does."""
    groups: dict[str, Group] = {}
    environments: dict[str, Environment] = {}
    for part in parts:
        for group in part.groups.values():
            known = groups.get(group.id, group)
            groups[group.id] = Group(group.id, known.name, tuple(sorted({*known.packages, *group.packages})))
        for entry in part.environments.values():
            before = environments.get(entry.id, entry)
            environments[entry.id] = Environment(entry.id, before.name, tuple(sorted({*before.groups, *entry.groups})))
    return Comps(groups, environments)


_Entry = TypeVar("_Entry", Group, Environment)


def _pick(known: Mapping[str, _Entry], name: str, kind: str, where: str) -> _Entry:
    if name in known:
        return known[name]
    named = [entry for entry in known.values() if entry.name == name]
    if named:
        return named[0]
    close = nearest(name, {*known, *(entry.name for entry in known.values())})
    todo = f"the nearest: {', '.join(close)}" if close else "no repository has a comps.xml that knows it"
    raise InputError(f"there is no {kind} {name!r}", where=where, todo=todo)


def _group(element: Element) -> Group:
    packages = {
        (entry.text or "").strip()
        for part in element
        if safexml.local(part) == "packagelist"
        for entry in part
        if entry.get("type", "mandatory") in _TAKEN
    }
    return Group(_text(element, "id"), _text(element, "name"), tuple(sorted(packages - {""})))


def _environment(element: Element) -> Environment:
    groups = {(entry.text or "").strip() for part in element if safexml.local(part) == "grouplist" for entry in part}
    return Environment(_text(element, "id"), _text(element, "name"), tuple(sorted(groups - {""})))


def _text(element: Element, name: str) -> str:
    """The text of a child that is in no other language."""
    for child in element:
        if safexml.local(child) == name and not any(key.endswith("lang") for key in child.attrib):
            return (child.text or "").strip()
    return ""
