"""Rules about addresses, as far as the files alone can tell: each is one, and nobody else's."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from airlock_installer.site.ini import UNGROUPED
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.claims import VIPS, Claim, claims, is_no_hosts, parsed
from airlock_installer.site.rules.rule import Rule

CEPH_ADDRESSES = ("monitor_address", "radosgw_address")
INTERFACES = ("svc_iface_name", "mgmt_iface_name", "overlay_iface_name", "storage_iface_name")


def address_of(site: Site, host: str, variable: str) -> IPv4Address | None:
    """An address among a host's variables, None where there is none or something else."""
    return parsed(site.inventory.hosts[host].get(variable))


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
    elif is_no_hosts(address):
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


def claims_are_free(site: Site) -> Iterator[Fault]:
    """Virtual addresses and those of arrays are such, no node's, and each is one's alone."""
    owners = node_addresses(site)
    earlier: dict[IPv4Address, Claim] = {}
    for claim in claims(site):
        first = earlier.setdefault(claim.address, claim)
        if claim.address in owners:
            what = f"{claim.address} is an address of {owners[claim.address]}"
            yield site.at(what, *claim.path, file=claim.file, todo="choose a free one")
        elif is_no_hosts(claim.address) or claim.address.is_loopback:
            yield site.at(f"{claim.address} is no address that it can be", *claim.path, file=claim.file)
        if first.unit != claim.unit:
            todo = "choose a free one"
            yield site.at(f"{claim.address} is {first.owner} already", *claim.path, file=claim.file, todo=todo)


def time_servers_are_others(site: Site) -> Iterator[Fault]:
    """No node follows itself, by whatever way: the control nodes follow ntp_servers, and all others follow them."""
    owners = {str(claim.address): claim.owner for claim in claims(site) if claim.unit in VIPS}
    owners |= {str(address): host for address, host in node_addresses(site).items()}
    owners |= dict.fromkeys(site.inventory.hosts, "a node")
    for index, server in enumerate(site.variables.ntp_servers):
        if server in owners:
            yield own_time_server(site, index, owners[server])


def own_time_server(site: Site, index: int, owner: str) -> Fault:
    """A time server that is somebody of the site."""
    why = "the control nodes follow ntp_servers, and all other nodes follow them: nobody would have the time"
    todo = "name servers outside the site, or write ntp_servers: [], and the control nodes serve the others"
    what = f"{site.variables.ntp_servers[index]} is {owner} of this site itself"
    return site.at(what, "ntp_servers", index, why=why, todo=todo)


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
    taken = {**{claim.address: claim.owner for claim in claims(site)}, **node_addresses(site)}
    for index, one in enumerate(ranges):
        for other in ranges[:index]:
            if one.overlaps(other):
                yield site.at(f"{one} overlaps {other}", "metallb_ip_range", index)
        if is_no_hosts(one.first) or is_no_hosts(one.last):
            yield site.at(f"{one} holds addresses that no host can have", "metallb_ip_range", index)
        inside = [f"{address} of {owner}" for address, owner in sorted(taken.items()) if address in one]
        if inside:
            yield site.at(f"{one} holds {', '.join(inside)}", "metallb_ip_range", index, todo="choose free addresses")


def provider_is_apart(site: Site) -> Iterator[Fault]:
    """The provider network's interface has no address, so that it can be no other network's."""
    named = {key: getattr(site.variables, key) for key in INTERFACES}
    if site.backends.powerflex and "powerflex" in site.variables.storage_backends:
        names = site.backends.powerflex.storage_iface_names
        named |= {f"storage_iface_names[{index}]": name for index, name in enumerate(names)}
    for key, name in named.items():
        if name == site.variables.provider_iface_name:
            why = "the provider network's interface has no address on the nodes: what else ran over it would be cut off"
            todo = "give the provider network an interface of its own"
            yield site.at(f"is {name}, as {key} is", "provider_iface_name", why=why, todo=todo)


RULES = (
    Rule("every node has an ip, and addresses are such", hosts_have_addresses),
    Rule("no two nodes have one address", addresses_are_unique),
    Rule("keepalived_vip is given", vip_is_given, step="ha", hosts=False),
    Rule("virtual addresses and those of storage arrays are nobody else's", claims_are_free),
    Rule("time servers are outside the site", time_servers_are_others),
    Rule("MetalLB has ranges where it is enabled", metallb_has_ranges, hosts=False),
    Rule("MetalLB's ranges hold nobody's addresses", metallb_ranges_are_apart),
    Rule("the provider network's interface is no other's", provider_is_apart, hosts=False),
)
