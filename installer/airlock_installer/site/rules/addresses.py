"""Rules about addresses, as far as the files alone can tell: each is one, and nobody else's."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from airlock_installer.site.ini import UNGROUPED
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.rule import Rule

CEPH_ADDRESSES = ("monitor_address", "radosgw_address")
VIPS = ("keepalived_vip", "keepalived_vip_svc")
INTERFACES = ("svc_iface_name", "mgmt_iface_name", "overlay_iface_name", "storage_iface_name")


def address_of(site: Site, host: str, variable: str) -> IPv4Address | None:
    """An address among a host's variables, None where there is none or something else."""
    value = site.inventory.hosts[host].get(variable)
    try:
        return IPv4Address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def node_addresses(site: Site) -> Mapping[IPv4Address, str]:
    """All addresses that the inventory gives to nodes, with whose they are."""
    found: dict[IPv4Address, str] = {}
    for host in site.inventory.hosts:
        for variable in ("ip", *CEPH_ADDRESSES):
            address = address_of(site, host, variable)
            if address is not None:
                found.setdefault(address, host)
    return found


def hosts_have_addresses(site: Site) -> Iterator[Fault]:
    """Every node has an address on the management network."""
    for host, variables in site.inventory.hosts.items():
        if "ip" not in variables:
            yield site.at_host(f"{host} has no ip", host, todo=_meant(site, host))
        for variable in ("ip", *CEPH_ADDRESSES):
            if variable in variables:
                yield from _usable(site, host, variable)


def _meant(site: Site, host: str) -> str:
    """What to do about a name without an address: it may be another one, misspelled, that no group has."""
    strays = [name for name in site.inventory.groups[UNGROUPED] if "ip" in site.inventory.hosts[name]]
    for near in difflib.get_close_matches(host, strays, 1):
        return f"did you mean {near} of line {site.inventory.line(near)}? Write one name in both places"
    return f"write {host} ip=ADDRESS, or correct the name if another was meant"


def _usable(site: Site, host: str, variable: str) -> Iterator[Fault]:
    address = address_of(site, host, variable)
    if address is None:
        what = f"{host}: {variable} is not an IPv4 address: {site.inventory.hosts[host][variable]!r}"
        yield site.at_host(what, host, variable)
    elif address.is_multicast or address.is_unspecified or address == IPv4Address("255.255.255.255"):
        yield site.at_host(f"{host}: no node can have the {variable} {address}", host, variable)
    elif address.is_loopback and len(site.inventory.hosts) > 1:
        what = f"{host}: the {variable} {address} means every node itself"
        yield site.at_host(what, host, variable, todo="write its address on the network")


def addresses_are_unique(site: Site) -> Iterator[Fault]:
    """No two nodes have one address."""
    owners: dict[IPv4Address, str] = {}
    for host in site.inventory.hosts:
        for variable in ("ip", *CEPH_ADDRESSES):
            address = address_of(site, host, variable)
            if address is not None and owners.setdefault(address, host) != host:
                of = "" if variable == "ip" else f" as {variable}"
                line = site.inventory.line(owners[address], "ip")
                what = f"{host} has the address of {owners[address]} (line {line}){of}: {address}"
                why = (
                    "all names of a range get what its line says" if line == site.inventory.line(host, variable) else ""
                )
                yield site.at_host(what, host, variable, why=why)


def vip_is_given(site: Site) -> Iterator[Fault]:
    """keepalived_vip is mandatory."""
    if site.variables.keepalived_vip is None:
        todo = "write a free address of the management network"
        yield site.at("is empty, and the site needs it", "keepalived_vip", todo=todo)


def vips_are_free(site: Site) -> Iterator[Fault]:
    """Virtual addresses are no node's, and two of them are two."""
    owners = node_addresses(site)
    for key in VIPS:
        vip: IPv4Address | None = getattr(site.variables, key)
        if vip is not None and vip in owners:
            yield site.at(f"{vip} is an address of {owners[vip]}", key, todo="choose a free one")
        elif vip is not None and (vip.is_loopback or vip.is_multicast or vip.is_unspecified):
            yield site.at(f"{vip} is no address that a virtual address can be", key)
    if site.variables.keepalived_vip_svc is not None and len({getattr(site.variables, key) for key in VIPS}) == 1:
        vip = site.variables.keepalived_vip
        todo = "choose one of the service network, or leave it empty"
        yield site.at(f"{vip} is keepalived_vip already", "keepalived_vip_svc", todo=todo)


def metallb_has_ranges(site: Site) -> Iterator[Fault]:
    """MetalLB needs something to give."""
    if site.variables.metallb_enabled and not site.variables.metallb_ip_range:
        todo = "write ranges of free addresses, or metallb_enabled: false"
        yield site.at("is empty, and metallb_enabled is true", "metallb_ip_range", todo=todo)


def metallb_ranges_are_apart(site: Site) -> Iterator[Fault]:
    """Of one another, and of every address that is somebody's."""
    if not site.variables.metallb_enabled:
        return
    ranges = site.variables.metallb_ip_range
    taken = {**_others(site), **node_addresses(site)}
    for index, one in enumerate(ranges):
        for other in ranges[:index]:
            if one.overlaps(other):
                yield site.at(f"{one} overlaps {other}", "metallb_ip_range", index)
        inside = [f"{address} of {owner}" for address, owner in sorted(taken.items()) if address in one]
        if inside:
            yield site.at(f"{one} holds {', '.join(inside)}", "metallb_ip_range", index, todo="choose free addresses")


def _others(site: Site) -> dict[IPv4Address, str]:
    """Addresses that are somebody's besides those of nodes."""
    said: dict[str, object] = {key: getattr(site.variables, key) for key in VIPS}
    backends = site.backends
    if backends.powerflex:
        said |= {f"mdm_ip[{index}]": address for index, address in enumerate(backends.powerflex.mdm_ip)}
    if backends.hitachi:
        said["hitachi_san_ip"] = backends.hitachi.hitachi_san_ip
    for filer in backends.netapp.netapp if backends.netapp else ():
        said |= {f"{filer.name}'s managementLIF": _parsed(filer.managementLIF)}
        said |= {f"{filer.name}'s dataLIF": _parsed(filer.dataLIF)}
    return {address: owner for owner, address in said.items() if isinstance(address, IPv4Address)}


def _parsed(text: str) -> IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def provider_is_apart(site: Site) -> Iterator[Fault]:
    """The provider network's interface has no address, so that it can be no other network's."""
    for key in INTERFACES:
        if getattr(site.variables, key) == site.variables.provider_iface_name:
            why = "the provider network's interface has no address on the nodes: what else ran over it would be cut off"
            todo = "give the provider network an interface of its own"
            what = f"is {site.variables.provider_iface_name}, as {key} is"
            yield site.at(what, "provider_iface_name", why=why, todo=todo)


RULES = (
    Rule("every node has an ip, and addresses are such", hosts_have_addresses),
    Rule("no two nodes have one address", addresses_are_unique),
    Rule("keepalived_vip is given", vip_is_given, step="ha", hosts=False),
    Rule("virtual addresses are nobody else's", vips_are_free),
    Rule("MetalLB has ranges where it is enabled", metallb_has_ranges, hosts=False),
    Rule("MetalLB's ranges hold nobody's addresses", metallb_ranges_are_apart),
    Rule("the provider network's interface is no other's", provider_is_apart, hosts=False),
)
