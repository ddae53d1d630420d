"""Rules about variables in ``hosts``: no passwords, and nothing that other files are there for."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.site import kinds, passwords
from airlock_installer.site.ini import Group, Host
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault, spelled
from airlock_installer.site.rules.rule import Rule


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
    told = set[tuple[int, str]]()
    for owner, entry in _entries(site):
        for key, line in entry.lines.items():
            home = kinds.home_of(key)
            if home and (line, key) not in told:
                told.add((line, key))
                todo = "write it there, for all nodes alike"
                yield Fault(f"{owner}: {key} belongs in {home}", site.hosts_file, line, todo=todo)


def _entries(site: Site) -> Iterator[tuple[str, Host | Group]]:
    yield from site.inventory.document.hosts.items()
    yield from site.inventory.document.groups.items()


RULES = (
    Rule("no password stands in hosts", no_password_is_plain),
    Rule("hosts says nothing that other files are there for", other_files_keys_are_there),
)
