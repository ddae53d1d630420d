"""Rules about how nodes are reached."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.rule import Rule

_SSH = 22


def ways_are_apart(site: Site) -> Iterator[Fault]:
    """No two nodes are reached at one address; that two have one ip is told already."""
    ways = {host: _way(site, host) for host in site.inventory.hosts}
    for host, variables in site.inventory.hosts.items():
        if "ansible_host" not in variables:
            continue
        other = next((name for name, way in ways.items() if way == ways[host] and name != host), None)
        if other:
            what = f"{host}: its ansible_host {variables['ansible_host']} leads to {other}"
            why = f"all that is meant for {host} would be done to {other}"
            yield site.at_host(what, host, "ansible_host", why=why)


def _way(site: Site, host: str) -> tuple[str, str]:
    variables = site.inventory.hosts[host]
    address = variables.get("ansible_host") or site.inventory.address(host)
    return str(address), str(variables.get("ansible_port") or _SSH)


RULES = (Rule("no two nodes are reached at one address", ways_are_apart),)
