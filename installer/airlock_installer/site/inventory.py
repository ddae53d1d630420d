"""The inventory ``hosts``: Ansible's INI format, as far as the guide uses it.

Source: Ansible, "How to build your inventory": hosts with variables, ranges such as ``storage[1:3]``, ``[group]``,
``[group:children]``, ``[group:vars]``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from airlock_core.errors import AirlockError, InputError, raise_all

CONTROL_GROUPS = ("kube_control_plane", "controller-node")
"""Groups whose members are control nodes; the first node of the first of them is the deployer."""

_SECTION = re.compile(r"\[([A-Za-z0-9_.-]+)(?::(children|vars))?\]")
_RANGE = re.compile(r"\[(\d+):(\d+)\]")
_MAX_RANGE = 10_000


@dataclass
class Inventory:
    """Hosts with their variables, groups with their hosts, all in the order of the file."""

    hosts: dict[str, dict[str, str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def members(self, *groups: str) -> tuple[str, ...]:
        """All hosts of some groups, each once."""
        return tuple(dict.fromkeys(host for group in groups for host in self.groups.get(group, [])))

    @property
    def control(self) -> tuple[str, ...]:
        """The control nodes."""
        return self.members(*CONTROL_GROUPS)

    def address(self, host: str) -> str:
        """A host's address on the management network, its name where the file gives none."""
        return self.hosts.get(host, {}).get("ip", host)


def load(path: Path) -> Inventory:
    """Read an inventory.

    Raises:
        InputError, Faults: it cannot be read, or lines in it; each with its number.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        todo = "run `airlock-site prepare`, which copies the samples" if not path.exists() else ""
        raise InputError("cannot be read", where=str(path), why=str(error), todo=todo) from error
    inventory, faults = _parse(text, str(path))
    raise_all(f"{path}: {len(faults)} faults", faults)
    return inventory


def expand(name: str) -> tuple[str, ...]:
    """All names of a range: ``storage[1:3]`` → storage1, storage2, storage3; leading zeros are kept.

    Raises:
        InputError: a range that runs backwards or without end.
    """
    match = _RANGE.search(name)
    if not match:
        return (name,)
    first, last, width = int(match[1]), int(match[2]), len(match[1]) if match[1].startswith("0") else 0
    if not first <= last < first + _MAX_RANGE:
        raise InputError(f"not a range of hosts: {name!r}", todo="write it as name[first:last]")
    rest = (f"{name[: match.start()]}{number:0{width}}{name[match.end() :]}" for number in range(first, last + 1))
    return tuple(full for each in rest for full in expand(each))


def _parse(text: str, where: str) -> tuple[Inventory, list[AirlockError]]:
    inventory, children, faults = Inventory(), dict[str, list[str]](), list[AirlockError]()
    section, kind = "", ""
    for number, line in _lines(text):
        try:
            if match := _SECTION.fullmatch(line):
                section, kind = match[1], match[2] or ""
                inventory.groups.setdefault(section, [])
            elif kind == "children":
                children.setdefault(section, []).append(line)
            elif kind == "":
                _host(line, section, inventory)
        except (InputError, ValueError) as error:
            what = error.what if isinstance(error, InputError) else f"cannot be read: {line!r} ({error})"
            faults.append(InputError(what, where=f"{where}:{number}"))
    for group, names in children.items():
        inventory.groups[group] += [host for name in names for host in inventory.groups.get(name, [])]
    return inventory, faults


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith(("#", ";")):
            yield number, stripped


def _host(line: str, section: str, inventory: Inventory) -> None:
    if line.startswith("["):
        raise InputError(f"not a group: {line!r}", todo="write it as [name]")
    name, *words = shlex.split(line, comments=True)
    bare = [word for word in words if "=" not in word]
    if bare:
        raise InputError(f"not a variable of {name}: {bare[0]!r}", todo="write it as name=value")
    variables = dict(word.split("=", 1) for word in words)
    for host in expand(name):
        inventory.hosts.setdefault(host, {}).update(variables)
        if section and host not in inventory.groups[section]:
            inventory.groups[section].append(host)
