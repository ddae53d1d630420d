"""The inventory ``hosts``: the nodes with their variables, and the groups, as Ansible sees them.

Source: Ansible, "How to build your inventory", "How variables are merged": ``all``, then parents before children,
those of one depth by priority and name, then the host's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airlock_core.errors import AirlockError, InputError, raise_all
from airlock_installer.site import ini
from airlock_installer.site.ini import ALL, UNGROUPED
from airlock_installer.site.places import Fault

CONTROL_GROUPS = ("kube_control_plane", "controller-node")
"""Groups whose members are control nodes; the first node of the first of them is the deployer."""


@dataclass
class Inventory:
    """Hosts with their variables, those of their groups too, and groups with all their hosts, in the file's order.

    Args:
        path: the file.
        document: what its lines say; for places.
    """

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    path: Path = Path("hosts")
    document: ini.Document = field(default_factory=ini.Document, repr=False)

    def members(self, *groups: str) -> tuple[str, ...]:
        """All hosts of some groups, each once."""
        return tuple(dict.fromkeys(host for group in groups for host in self.groups.get(group, [])))

    @property
    def control(self) -> tuple[str, ...]:
        """The control nodes."""
        return self.members(*CONTROL_GROUPS)

    def address(self, host: str) -> str:
        """A host's address on the management network, its name where the file gives none."""
        return str(self.hosts.get(host, {}).get("ip", host))

    def line(self, host: str, variable: str = "") -> int:
        """Where a variable of a host stands, its own or a group's; else where the host first does."""
        own = self.document.hosts[host]
        if variable in own.lines or variable not in self.hosts[host]:
            return own.lines.get(variable, own.line)
        ranked = reversed(_ranked(self.document))
        tables = (self.document.groups[name].lines for name in ranked if host in self.groups[name])
        return next((lines[variable] for lines in tables if variable in lines), own.line)

    def group_line(self, group: str, host: str = "") -> int:
        """Where a group is declared, 0 for nowhere; with a host, where that stands in it."""
        found = self.document.groups.get(group)
        return found.hosts.get(host, found.line) if found else 0


def load(path: Path) -> Inventory:
    """Read an inventory.

    Raises:
        InputError, Faults: it cannot be read, or lines in it; each with its number.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        todo = "run `airlock-site prepare`, which copies the samples" if not path.exists() else ""
        raise Fault("cannot be read", path, why=error.strerror or str(error), todo=todo) from error
    document = ini.parse(data)
    faults: list[AirlockError] = [_placed(fault, path, line) for line, fault in document.faults]
    raise_all(f"{path}: {len(faults)} faults", faults)
    return resolve(document, path)


def resolve(document: ini.Document, path: Path) -> Inventory:
    """What the lines of a file come to: each host in its groups, with their variables."""
    _settle(document)
    groups = {name: list(_hosts_of(name, document)) for name in document.groups}
    groups[ALL] = list(document.hosts)
    hosts: dict[str, dict[str, Any]] = {name: {} for name in document.hosts}
    for group in _ranked(document):
        for host in groups[group]:
            hosts[host].update(document.groups[group].variables)
    for name, own in document.hosts.items():
        hosts[name].update(own.variables)
    return Inventory(hosts, groups, path, document)


def _settle(document: ini.Document) -> None:
    """Every group below ``all``; ``ungrouped`` with those hosts alone that no other group has."""
    below = {child for group in document.groups.values() for child in group.children}
    document.groups[ALL].children += [name for name in document.groups if name not in below and name != ALL]
    grouped = {host for name, group in document.groups.items() if name not in (ALL, UNGROUPED) for host in group.hosts}
    kept = document.groups[UNGROUPED].hosts
    lines = {host: kept.get(host, document.hosts[host].line) for host in (*kept, *document.hosts)}
    document.groups[UNGROUPED].hosts = {host: line for host, line in lines.items() if host not in grouped}


def _hosts_of(name: str, document: ini.Document) -> Iterator[str]:
    """All hosts of a group, its own before those of its children, each once."""
    seen = set[str]()
    for group in _level_by_level(name, document):
        for host in document.groups[group].hosts:
            if host not in seen:
                seen.add(host)
                yield host


def _level_by_level(name: str, document: ini.Document) -> Iterator[str]:
    seen, level = {name}, [name]
    while level:
        yield from level
        below = dict.fromkeys(child for group in level for child in document.groups[group].children)
        level = [child for child in below if child not in seen]
        seen.update(level)


def _ranked(document: ini.Document) -> list[str]:
    """The groups in the order in which their variables count, the last one most."""
    depths = _depths(document)
    return sorted(document.groups, key=lambda name: (depths[name], document.groups[name].priority, name))


def _depths(document: ini.Document) -> dict[str, int]:
    """How far each group is from ``all``, by its longest way."""
    depths = dict.fromkeys(document.groups, 0)
    changed = True
    while changed:  # it ends, since no group belongs to itself
        changed = False
        for name, group in document.groups.items():
            for child in group.children:
                if depths[child] <= depths[name]:
                    depths[child] = depths[name] + 1
                    changed = True
    return depths


def _placed(fault: InputError, path: Path, line: int) -> Fault:
    return Fault(fault.what, path, line, why=fault.why, todo=fault.todo)
