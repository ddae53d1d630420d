"""Rules about virtual addresses and ranges in the networks that the nodes are in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.addresses import node_addresses, own_time_server
from airlock_installer.site.rules.claims import VIPS, claims, parsed
from airlock_installer.site.rules.interfaces import (
    Nodes,
    by_interface,
    keys_of,
    networks,
    powerflex_interfaces,
    usual_network,
)
from airlock_installer.site.rules.rule import FactsRule

_NO_ENDS = 2
"""A network of so many addresses has hosts at both ends (RFC 3021)."""
_CALLED = {"keepalived_vip": "management", "keepalived_vip_svc": "service"}


def control_nodes(site: Site) -> tuple[str, ...]:
    """Where virtual addresses live, where there is one."""
    return site.inventory.control if any(getattr(site.variables, key) for key in VIPS) else ()


def mdm_nodes(site: Site) -> tuple[str, ...]:
    """Where the virtual addresses of the MDM cluster live, where PowerFlex is a backend."""
    return site.inventory.members("mdm") if "powerflex" in site.variables.storage_backends else ()


def all_where_claimed(site: Site) -> tuple[str, ...]:
    """All nodes, where the files have addresses that are no node's."""
    return tuple(site.inventory.hosts) if claims(site) else ()


def vips_are_in_their_networks(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """A virtual address is in the network of its interface."""
    for key, interface in VIPS.items():
        vip: IPv4Address | None = getattr(site.variables, key)
        network = usual_network(networks(site, nodes, interface))
        if vip is not None and network is not None and vip not in network:
            todo = f"choose a free address of {network}"
            yield site.at(f"{vip} is not in the {_CALLED[key]} network {network}", key, todo=todo)


def mdm_addresses_are_in_their_networks(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """The virtual addresses of the MDM cluster are on its nodes' storage networks."""
    powerflex = site.backends.powerflex
    usual = (usual_network(by_interface(nodes, name)) for name in powerflex_interfaces(site))
    there = [network for network in usual if network is not None]
    for index, address in enumerate(powerflex.mdm_ip if powerflex and there else ()):
        if not any(address in network for network in there):
            told = ", ".join(map(str, there))
            what = f"{address} is in no storage network of the MDM cluster ({told})"
            todo = f"choose a free address of {told}"
            yield site.at(what, "mdm_ip", index, file="powerflex", todo=todo)


def claims_are_for_hosts(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """No address is that of a network of the nodes as such, or means all that is in it."""
    there = sorted({address.network for facts in nodes.values() for _, address in facts.addresses()})
    for claim in claims(site):
        for network in there:
            if claim.address in _ends(network):
                what = f"{claim.address} is no host's address in {network}"
                yield site.at(what, *claim.path, file=claim.file, todo="choose another")


def claims_are_on_no_node(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """But on those that they may come to, once keepalived or the MDM cluster runs."""
    for claim in claims(site):
        for node, facts in nodes.items():
            found = facts.interface_of(claim.address)
            if found and not claim.may_be_on(site, node, found):
                what = f"{claim.address} is on {found} of {node} already"
                yield site.at(what, *claim.path, file=claim.file, todo="choose a free one")


def time_servers_are_on_no_node(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """By none of the addresses that the files do not tell of."""
    told = node_addresses(site)
    for index, server in enumerate(site.variables.ntp_servers):
        address = parsed(server)
        owner = next((node for node, facts in nodes.items() if address and facts.interface_of(address)), None)
        if owner and address not in told:
            yield own_time_server(site, index, owner)


def metallb_ranges_are_reachable(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """MetalLB answers for its addresses on the networks that the nodes are in, with addresses that no node has."""
    there = {address.network for facts in nodes.values() for _, address in facts.addresses()}
    for index, one in enumerate(site.variables.metallb_ip_range if site.variables.metallb_enabled else ()):
        if not any(one.within(network) for network in there):
            todo = "choose addresses of a network that the nodes are in"
            yield site.at(f"{one} is in no network of the nodes", "metallb_ip_range", index, todo=todo)
        ends = sorted(str(end) for network in there for end in _ends(network) if end in one)
        if ends:
            what = f"{one} holds {', '.join(ends)}, which no host can have"
            yield site.at(what, "metallb_ip_range", index, todo="leave out the ends of a network")
        taken = sorted({f"{address.ip} of {node}" for node, address in _named(site, nodes) if address.ip in one})
        if taken:
            yield site.at(f"{one} holds {', '.join(taken)}", "metallb_ip_range", index, todo="choose free addresses")


def _named(site: Site, nodes: Nodes) -> Iterator[tuple[str, IPv4Interface]]:
    """Addresses on the interfaces that the site names: a running MetalLB's own are on others."""
    for node, facts in nodes.items():
        names = {getattr(site.variables, key) for key in keys_of(site, node)}
        yield from ((node, address) for interface, address in facts.addresses() if interface.name in names)


def _ends(network: IPv4Network) -> tuple[IPv4Address, ...]:
    """The addresses of a network as such and of all that is in it, where it has such."""
    ends = (network.network_address, network.broadcast_address)
    return ends if network.num_addresses > _NO_ENDS else ()


RULES = (
    FactsRule("virtual addresses are in their networks", control_nodes, vips_are_in_their_networks),
    FactsRule(
        "virtual addresses of the MDM cluster are in its storage networks",
        mdm_nodes,
        mdm_addresses_are_in_their_networks,
    ),
    FactsRule(
        "virtual addresses and those of arrays are such that hosts have", all_where_claimed, claims_are_for_hosts
    ),
    FactsRule("virtual addresses and those of arrays are on no other node", all_where_claimed, claims_are_on_no_node),
    FactsRule(
        "time servers are on no node",
        lambda site: tuple(site.inventory.hosts) if any(map(parsed, site.variables.ntp_servers)) else (),
        time_servers_are_on_no_node,
    ),
    FactsRule(
        "MetalLB's ranges are in networks of the nodes",
        lambda site: site.kubernetes() if site.variables.metallb_enabled else (),
        metallb_ranges_are_reachable,
    ),
)
