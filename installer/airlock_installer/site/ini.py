"""Ansible's INI inventory, line by line: sections, hosts with variables, variables and children of groups.

Sources: Ansible, "How to build your inventory", and the documentation of its plugin ``ansible.builtin.ini``: what a
value is (a Python literal, else a text), where ``#`` begins a comment, that a group may be declared after it is named.
What Ansible would take silently for something else than was meant is a fault here.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock_core.errors import InputError
from airlock_installer.site import patterns
from airlock_installer.site.passwords import names_password

ALL, UNGROUPED = "all", "ungrouped"

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_NAME = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")
_COMMENT = ("#", ";")
_PORT = "ansible_port"
_PRIORITY = "ansible_group_priority"
_SEEN = "passwords do not stand here: `airlock-site vault` asks for them"
_SECTIONS = "write [name], [name:children] or [name:vars]"


@dataclass
class Group:
    """What a file says of a group, in its order.

    Args:
        line: where it is first named.
        hosts: its own hosts, with the line where each first stands.
        children: groups that belong to it.
        lines: of its variables.
    """

    line: int
    hosts: dict[str, int] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    priority: int = 1


@dataclass
class Host:
    """What a file says of a host itself.

    Args:
        line: where it first stands.
        lines: of its variables.
        others: lines that gave some of them another value before, which does not count.
    """

    line: int
    variables: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)

    def take(self, variables: Mapping[str, Any], line: int) -> None:
        """Take the variables of a further line, which win."""
        for key, value in variables.items():
            if key in self.lines and self.variables[key] != value:
                self.others[key] = self.lines[key]
            self.variables[key] = value
            self.lines[key] = line


@dataclass
class Document:
    """A whole file: its hosts and groups in order, and all that is wrong, by line."""

    hosts: dict[str, Host] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    faults: list[tuple[int, InputError]] = field(default_factory=list)


def parse(data: bytes) -> Document:
    """Read an inventory; what is wrong is among its faults."""
    reader = _Reader()
    for number, line in _lines(data, reader.document):
        try:
            reader.take(number, line)
        except InputError as fault:
            shown = (
                fault if not names_password(line) else InputError("cannot be read; it speaks of a password", todo=_SEEN)
            )
            reader.document.faults.append((number, shown))
    reader.end()
    reader.document.faults.sort(key=lambda each: each[0])
    return reader.document


def _lines(data: bytes, document: Document) -> Iterator[tuple[int, str]]:
    """Lines that say something; comments may be in any encoding."""
    if b"\0" in data:  # UTF-16 is full of them
        place = data.count(b"\n", 0, data.index(b"\0")) + 1
        document.faults.append((place, InputError("not UTF-8: there is a NUL byte", todo="save the file as UTF-8")))
        return
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        lines = [line.decode("utf-8", errors="surrogateescape") for line in data.splitlines()]
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(_COMMENT):
            continue
        if any("\udc80" <= letter <= "\udcff" for letter in stripped):
            document.faults.append((number, InputError("not UTF-8", todo="save the file as UTF-8")))
        else:
            yield number, stripped


class _Reader:
    def __init__(self) -> None:
        self.document = Document(groups={ALL: Group(0), UNGROUPED: Group(0)})
        self.document.groups[ALL].children.append(UNGROUPED)
        self._group, self._kind = UNGROUPED, "hosts"
        self._awaited: dict[str, list[tuple[str, int]]] = {}
        """Groups that others name as children before they are declared: by whom, and in which line."""
        self._unfounded: dict[str, int] = {}
        """Groups of which there are variables alone so far."""

    def take(self, number: int, line: str) -> None:
        if match := _SECTION.fullmatch(line):
            self._section(number, match[1], match[2] or "hosts")
        elif line.startswith("[") and line.endswith("]"):
            raise InputError(f"not a group: {line!r}", todo=f"{_SECTIONS}, without blanks")
        elif self._kind == "vars":
            self._variable(number, line)
        elif self._kind == "children":
            self._child(number, line)
        elif self._kind == "hosts":
            self._hosts(number, line)

    def end(self) -> None:
        """Tell of groups that were named and never declared."""
        for name, number in self._unfounded.items():
            fault = InputError(f"variables of a group that there is not: {name}", todo=f"write [{name}] with its hosts")
            self.document.faults.append((number, fault))
        for name, parents in self._awaited.items():
            for parent, number in parents:
                what = f"{parent} has a group among its children that there is not: {name}"
                self.document.faults.append(
                    (number, InputError(what, todo=f"write [{name}], empty if it has no hosts"))
                )

    def _section(self, number: int, name: str, kind: str) -> None:
        self._group, self._kind = name, kind
        groups = self.document.groups
        if kind not in ("hosts", "children", "vars"):
            self._kind = "skipped"  # one fault is enough for what stands below it
            raise InputError(f"not a kind of section: {name}:{kind}", todo=_SECTIONS)
        if name not in groups:
            groups[name] = Group(number)
            if kind == "vars" and name not in self._awaited:
                self._unfounded[name] = number
        if kind != "vars":
            groups[name].line = groups[name].line or number
            self._unfounded.pop(name, None)
            for parent, line in self._awaited.pop(name, []):
                self._adopt(parent, name, line)

    def _variable(self, number: int, line: str) -> None:
        key, equals, text = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise InputError(f"not a variable of {self._group}: {line!r}", todo="write it as name=value")
        group = self.document.groups[self._group]
        value = _value(text)
        if key == _PRIORITY:
            group.priority = _priority(value)
        else:
            group.variables[key] = _checked(key, value)
            group.lines[key] = number

    def _child(self, number: int, line: str) -> None:
        match = _NAME.fullmatch(line)
        if not match:
            raise InputError(f"not the name of a group: {line!r}", todo="write one name on a line, without variables")
        if match[1] in self.document.groups:
            self._adopt(self._group, match[1], number)
        else:
            self._awaited.setdefault(match[1], []).append((self._group, number))

    def _adopt(self, parent: str, child: str, number: int) -> None:
        groups = self.document.groups
        if child == ALL:
            self.document.faults.append((number, InputError("all cannot belong to a group", todo="take it out")))
        elif parent in _below(child, groups):
            fault = InputError(f"{child} would belong to itself", why=f"{parent} is among its children")
            self.document.faults.append((number, fault))
        elif child not in groups[parent].children:
            groups[parent].children.append(child)

    def _hosts(self, number: int, line: str) -> None:
        try:
            pattern, *words = shlex.split(line, comments=True)
        except ValueError as error:
            raise InputError(f"cannot be read: {line!r}", why=f"{error}".lower(), todo="close the quotes") from error
        variables = dict(_pair(word, pattern) for word in words)
        names, port = patterns.expand(pattern)
        for name in names:
            host = self.document.hosts.get(name)
            if host is None:
                host = self.document.hosts[name] = Host(number, {} if port is None else {"ansible_port": port})
            elif port is not None:
                todo = f"write {pattern} where {name} first stands, in line {host.line}"
                raise InputError(f"the port of {name} comes too late: Ansible would not see it", todo=todo)
            host.take(variables, number)
            self.document.groups[self._group].hosts.setdefault(name, number)


def _below(name: str, groups: dict[str, Group]) -> set[str]:
    """A group and all below it."""
    found, left = set[str](), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += groups[one].children
    return found


def _pair(word: str, pattern: str) -> tuple[str, Any]:
    key, equals, text = word.partition("=")
    if not equals or not key:
        raise InputError(f"not a variable of {pattern}: {word!r}", todo="write it as name=value, without blanks")
    return key, _checked(key, _value(text))


def _checked(key: str, value: Any) -> Any:
    """A value, of a variable that must be one of a kind; a port may stand in quotes."""
    if key == _PORT:
        patterns.check_port(str(value))
    return value


def _value(text: str) -> Any:
    """What Ansible makes of a value: a Python literal where it is one, else the text itself."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    except (MemoryError, RecursionError) as error:
        raise InputError("a value that is nested too deep") from error
    if isinstance(value, bytes | set | complex):
        raise InputError(f"a value that is no text, number, list or mapping: {text!r}", todo="write it in quotes")
    return value


def _priority(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{_PRIORITY}: expected a whole number, found {value!r}")
    return value
