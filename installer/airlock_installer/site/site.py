"""A site: its folder, inventory and variables, read and checked together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_core.digest import Digest, of_file
from airlock_core.errors import AirlockError, Faults, InputError, raise_all
from airlock_installer.site import inventory as inventories
from airlock_installer.site import variables as variable_files
from airlock_installer.site.inventory import Inventory


@dataclass(frozen=True)
class Site:
    """One site.

    Args:
        folder: where its files are.
        variables: ``vars.yml`` with its defaults.
    """

    folder: Path
    inventory: Inventory
    variables: Mapping[str, Any]

    @property
    def hosts_file(self) -> Path:
        """The inventory's file."""
        return self.folder / "hosts"

    @property
    def vars_file(self) -> Path:
        """The variables' file."""
        return self.folder / "vars.yml"

    def inputs(self) -> dict[str, Digest]:
        """Digests of all that people wrote, by name, for the ledger."""
        files = [self.hosts_file, self.vars_file, *sorted((self.folder / "group_vars").rglob("*.yml"))]
        return {str(path.relative_to(self.folder)): of_file(path) for path in files}


def load(folder: Path) -> Site:
    """Read a site and check it: shape, then sense.

    Raises:
        InputError, Faults: all faults of all files at once.
    """
    faults: list[AirlockError] = []
    inventory, variables = Inventory(), dict[str, Any]()
    try:
        inventory = inventories.load(folder / "hosts")
    except InputError as fault:
        faults.append(fault)
    except Faults as several:
        faults += several.faults
    try:
        variables = variable_files.load(folder / "vars.yml")
    except InputError as fault:
        faults.append(fault)
    except Faults as several:
        faults += several.faults
    site = Site(folder, inventory, variables)
    faults += _sense(site) if not faults else []
    raise_all(f"{folder}: {len(faults)} faults in the site's files", faults)
    return site


def _sense(site: Site) -> Iterator[AirlockError]:
    where = str(site.hosts_file)
    if not site.inventory.control:
        groups = " or ".join(inventories.CONTROL_GROUPS)
        yield InputError(f"no control node: {groups} is empty", where=where)
    seen: dict[str, str] = {}
    for host, variables in site.inventory.hosts.items():
        address = variables.get("ip")
        if address is None:
            yield InputError(f"{host} has no ip", where=where, todo=f"write {host} ip=ADDRESS")
        elif not _is_ipv4(address):
            yield InputError(f"{host}: not an IPv4 address: {address!r}", where=where)
        elif address in seen:
            yield InputError(f"{host} has the address of {seen[address]}: {address}", where=where)
        seen.setdefault(address or "", host)


def _is_ipv4(text: str) -> bool:
    try:
        return bool(ipaddress.IPv4Address(text))
    except ValueError:
        return False
