"""Rules about passwords: they stand in the vault alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airlock_installer.site.ini import Group, Host, names_password
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.rule import Rule

_TODO = "take it out: `airlock-site vault` asks for passwords and keeps them encrypted"


def none_in_hosts(site: Site) -> Iterator[Fault]:
    """A variable that leads to one in the vault is none."""
    document = site.inventory.document
    told = set[tuple[int, str]]()
    entries: list[tuple[str, Host | Group]] = [*document.hosts.items(), *document.groups.items()]
    for owner, entry in entries:
        for key in _plain(entry.variables):
            line = entry.lines[key]
            if (line, key) not in told:
                told.add((line, key))
                yield Fault(f"{owner}: {key} stands here in plain", site.hosts_file, line, todo=_TODO)


def _plain(variables: Mapping[str, Any]) -> Iterator[str]:
    return (key for key, value in variables.items() if names_password(key) and "{{" not in str(value))


RULES = (Rule("no password stands in hosts", none_in_hosts),)
