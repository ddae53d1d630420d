"""Rules about variables in ``hosts``: no passwords, and nothing that other files are there for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from airlock_installer.site import kinds, passwords
from airlock_installer.site.ini import Group, Host
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault, spelled
from airlock_installer.site.rules.rule import Rule

_ALIKE = 0.92
_KNOWN = (
    *("ip", "monitor_address", "radosgw_address"),
    *("ansible_connection", "ansible_host", "ansible_port", "ansible_user", "ansible_python_interpreter"),
)
_OLDER = {
    "ansible_ssh_host": "ansible_host",
    "ansible_ssh_port": "ansible_port",
    "ansible_ssh_user": "ansible_user",
    "ansible_private_key_file": "ansible_ssh_private_key_file",
}
"""Names that Ansible takes beside those of today."""


def no_password_is_plain(site: Site) -> Iterator[Fault]:
    """A variable that leads to one in the vault is none."""
    told = set[tuple[int, str]]()
    for owner, entry in _entries(site):
        for path in passwords.in_plain(entry.variables):
            line, key = entry.lines[str(path[0])], spelled(path)
            if (line, key) not in told:
                told.add((line, key))
                yield Fault(f"{owner}: {key} stands here in plain", site.hosts_file, line, todo=passwords.TODO)


def other_files_keys_are_there(site: Site) -> Iterator[Fault]:
    """What stands here would be judged by nothing, and win or be passed over without a word."""
    for owner, key, line in _names(site):
        home = kinds.home_of(key)
        if home:
            todo = "write it there, for all nodes alike"
            yield Fault(f"{owner}: {key} belongs in {home}", site.hosts_file, line, todo=todo)


def names_are_ansible_s_own(site: Site) -> Iterator[Fault]:
    """Older names of how a node is reached are read by Ansible alone."""
    for owner, key, line in _names(site):
        if key in _OLDER:
            why = "Ansible takes it, and `ping` and `check` do not: they would go another way"
            todo = f"write {_OLDER[key]}"
            yield Fault(f"{owner}: {key} is an older name", site.hosts_file, line, why=why, todo=todo)


def names_are_spelled_right(site: Site) -> Iterator[Fault]:
    """A name that is nearly one that is known was meant to be it."""
    for owner, key, line in _names(site):
        near = difflib.get_close_matches(key, _KNOWN, 1, _ALIKE)
        if near and key not in _KNOWN:
            what = f"{owner}: nobody reads the variable {key}"
            yield Fault(what, site.hosts_file, line, todo=f"did you mean {near[0]}?")


def values_are_said_once(site: Site) -> Iterator[Fault]:
    """Of two values of a host's variable Ansible takes the later one without a word."""
    for host, entry in site.inventory.document.hosts.items():
        for key, other in entry.others.items():
            what = f"{host}: {key} has another value in line {other} already"
            yield site.at_host(what, host, key, todo="take one of them out")


def connections_are_known(site: Site) -> Iterator[Fault]:
    """``ping`` and ``check`` know two ways to a node."""
    for host, variables in site.inventory.hosts.items():
        said = variables.get("ansible_connection", "ssh")
        if said not in ("local", "ssh"):
            what = f"{host}: not a way to reach a node: ansible_connection={said}"
            yield site.at_host(
                what, host, "ansible_connection", todo="write local for the deployer, nothing for others"
            )


def _names(site: Site) -> Iterator[tuple[str, str, int]]:
    """Names of variables with their lines, each once, and the first whose they are."""
    owners: dict[tuple[str, int], str] = {}
    for owner, entry in _entries(site):
        for key, line in entry.lines.items():
            owners.setdefault((key, line), owner)
    yield from ((owner, key, line) for (key, line), owner in owners.items())


def _entries(site: Site) -> Iterator[tuple[str, Host | Group]]:
    yield from site.inventory.document.hosts.items()
    yield from site.inventory.document.groups.items()


RULES = (
    Rule("no password stands in hosts", no_password_is_plain),
    Rule("hosts says nothing that other files are there for", other_files_keys_are_there),
    Rule("nodes are reached by names that all take", names_are_ansible_s_own),
    Rule("no variable of a node is misspelled", names_are_spelled_right),
    Rule("no variable of a node has two values", values_are_said_once),
    Rule("nodes are reached by ssh, or are this machine", connections_are_known),
)
