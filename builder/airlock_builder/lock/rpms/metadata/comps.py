"""comps.xml: groups and environments of packages.

Source: the comps format as dnf 4 reads it (libcomps, ``dnf/comps.py``): ``packagereq`` of type mandatory, default,
optional or conditional; a later repository's word on a package of a group counts.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from xml.etree.ElementTree import Element

from airlock_builder import safexml
from airlock_builder.lock.rpms.nearest import nearest
from airlock_core.errors import InputError
from airlock_core.values import Value

TYPES = ("mandatory", "default", "optional", "conditional")
_TAKEN = frozenset({"mandatory", "default", "conditional"})
_BETWEEN = re.compile(r"[\s,]+")


@dataclass(frozen=True, order=True)
class Member:
    """A package of a group.

    Args:
        kind: one of :data:`TYPES`; others are never installed.
        requires: of a conditional package: it comes where this package is installed too.
        base_arch: of the platform's own architecture alone.
    """

    name: str
    kind: str = "mandatory"
    requires: str = ""
    base_arch: bool = False


class Group(Value):
    """A group: its names, and its packages."""

    id: str
    name: str
    packages: tuple[Member, ...]

    def members(self, types: Collection[str] = _TAKEN) -> list[Member]:
        """The packages of some types; those that dnf installs where nobody says which."""
        return [member for member in self.packages if member.kind in types]

    def joined(self, later: Group) -> Group:
        """This group and what a later document says of it; of a package its first word counts, as in libcomps."""
        words: dict[str, Member] = {}
        for member in later.packages:
            words.setdefault(member.name, member)
        known = {member.name for member in self.packages}
        packages = [words.pop(member.name, member) for member in self.packages]
        packages += [member for member in later.packages if member.name not in known]
        return Group(self.id, later.name or self.name, tuple(packages))


class Environment(Value):
    """An environment: its names, and the ids of the groups that come with it."""

    id: str
    name: str
    groups: tuple[str, ...]


class Comps(Value):
    """All groups and environments by id."""

    groups: Mapping[str, Group] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)

    def groups_of(self, text: str, *, where: str, without: Collection[str] = ()) -> list[Group]:
        """The groups that a text means: of ``^environment`` its own, else groups and environments alike.

        Args:
            text: an id or a name, else a glob on these in any case, as in dnf.
            without: ids of groups that are left out.

        Raises:
            InputError: there is none of that name; the nearest are named.
        """
        environments = _by_pattern(self.environments, text.removeprefix("^"))
        groups = [] if text.startswith("^") else _by_pattern(self.groups, text)
        if not environments and not groups:
            raise self._unknown(text, where)
        ids = [group.id for group in groups] + [group for one in environments for group in one.groups]
        return [self.groups[one] for one in dict.fromkeys(ids) if one in self.groups and one not in without]

    def ids_of(self, text: str) -> set[str]:
        """The ids of the groups that a text leaves out; none where it means nothing, as in dnf."""
        environments = _by_pattern(self.environments, text.removeprefix("^"))
        groups = [] if text.startswith("^") else _by_pattern(self.groups, text)
        return {group.id for group in groups} | {group for one in environments for group in one.groups}

    def _unknown(self, text: str, where: str) -> InputError:
        kind, known = ("environment", self.environments) if text.startswith("^") else ("group", self.groups)
        name = text.removeprefix("^")
        close = nearest(name, {*known, *(entry.name for entry in known.values())})
        todo = f"the nearest: {', '.join(close)}" if close else "no repository has a comps.xml that knows it"
        return InputError(f"there is no {kind} {name!r}", where=where, todo=todo)


def parse(data: bytes, *, where: str, arch: str = "x86_64") -> Comps:
    """Read comps.xml.

    Args:
        arch: the platform's architecture; what is for others is left out.

    Raises:
        VerificationError: not XML, or with a document type of its own content.
    """
    # distributions name comps.dtd, and nothing in it
    root = safexml.parse(data, where=where, root="comps", doctype=True)
    mine = [element for element in root if _is_for(element, arch)]
    groups = [_group(element, arch) for element in mine if safexml.local(element) == "group"]
    environments = [_environment(element, arch) for element in mine if safexml.local(element) == "environment"]
    return Comps({group.id: group for group in groups}, {entry.id: entry for entry in environments})


def merge(parts: Iterable[Comps]) -> Comps:
    """The groups of several repositories; what stands in more than one is added up, as dnf does."""
    groups: dict[str, Group] = {}
    environments: dict[str, Environment] = {}
    for part in parts:
        for group in part.groups.values():
            groups[group.id] = groups[group.id].joined(group) if group.id in groups else group
        for entry in part.environments.values():
            before = environments.get(entry.id, entry)
            ids = tuple(dict.fromkeys((*before.groups, *entry.groups)))
            environments[entry.id] = Environment(entry.id, entry.name or before.name, ids)
    return Comps(groups, environments)


_Entry = TypeVar("_Entry", Group, Environment)


def _by_pattern(known: Mapping[str, _Entry], text: str) -> list[_Entry]:
    exact = [entry for entry in known.values() if text in (entry.id, entry.name)]
    if exact:
        return exact
    matches = re.compile(fnmatch.translate(text), re.IGNORECASE).match
    return [entry for entry in known.values() if matches(entry.id) or matches(entry.name)]


def _group(element: Element, arch: str) -> Group:
    members = [_member(entry) for entry in _entries(element, "packagelist", arch)]
    return Group(_text(element, "id"), _text(element, "name"), tuple(member for member in members if member.name))


def _member(entry: Element) -> Member:
    return Member(
        name=(entry.text or "").strip(),
        kind=entry.get("type", "mandatory"),
        requires=entry.get("requires", "").strip(),
        base_arch=entry.get("basearchonly", "").lower() == "true",
    )


def _environment(element: Element, arch: str) -> Environment:
    groups = [(entry.text or "").strip() for entry in _entries(element, "grouplist", arch)]
    return Environment(_text(element, "id"), _text(element, "name"), tuple(dict.fromkeys(filter(None, groups))))


def _entries(element: Element, name: str, arch: str) -> list[Element]:
    return [entry for part in element if safexml.local(part) == name for entry in part if _is_for(entry, arch)]


def _is_for(element: Element, arch: str) -> bool:
    """Whether it is for this architecture: comps may name some (libcomps, ``arch_filter``)."""
    named = [one for one in _BETWEEN.split(element.get("arch", "")) if one]
    return not named or arch in named


def _text(element: Element, name: str) -> str:
    """The text of a child that is in no other language."""
    for child in element:
        if safexml.local(child) == name and not any(key.endswith("lang") for key in child.attrib):
            return (child.text or "").strip()
    return ""
