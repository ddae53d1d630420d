"""Rules about virtual addresses and ranges in the networks that the nodes are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.interfaces import Nodes, keys_of, networks
from airlock_installer.site.rules.rule import FactsRule

_VIPS = {"keepalived_vip": ("management", "mgmt_iface_name"), "keepalived_vip_svc": ("service", "svc_iface_name")}


def control_nodes(site: Site) -> tuple[str, ...]:
    """Where virtual addresses live, where there is one."""
    return site.inventory.control if any(getattr(site.variables, key) for key in _VIPS) else ()


def vips_are_in_their_networks(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """A virtual address is in the network of its interface, and one that a host may have."""
    for key, (called, interface) in _VIPS.items():
        vip: IPv4Address | None = getattr(site.variables, key)
        network = _usual(networks(site, nodes, interface))
        if vip is None or network is None:
            continue
        if vip not in network:
            todo = f"choose a free address of {network}"
            yield site.at(f"{vip} is not in the {called} network {network}", key, todo=todo)
        elif vip in (network.network_address, network.broadcast_address) and network.num_addresses > 2:
            yield site.at(f"{vip} is no host's address in {network}", key, todo="choose another")


def vips_are_on_no_node(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """But on a control node's interface, once keepalived runs."""
    for key, (_, interface) in _VIPS.items():
        vip: IPv4Address | None = getattr(site.variables, key)
        for node, facts in nodes.items() if vip else ():
            found = facts.interface_of(vip) if vip else None
            right = node in site.inventory.control and found == getattr(site.variables, interface)
            if found and not right:
                yield site.at(f"{vip} is on {found} of {node} already", key, todo="choose a free one")


def metallb_ranges_are_reachable(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """MetalLB answers for its addresses on the networks that the nodes are in, with addresses that no node has."""
    there = {address.network for facts in nodes.values() for _, address in facts.addresses()}
    for index, one in enumerate(site.variables.metallb_ip_range if site.variables.metallb_enabled else ()):
        if not any(one.within(network) for network in there):
            todo = "choose addresses of a network that the nodes are in"
            yield site.at(f"{one} is in no network of the nodes", "metallb_ip_range", index, todo=todo)
        taken = sorted({f"{address.ip} of {node}" for node, address in _named(site, nodes) if address.ip in one})
        if taken:
            yield site.at(f"{one} holds {', '.join(taken)}", "metallb_ip_range", index, todo="choose free addresses")


def _named(site: Site, nodes: Nodes) -> Iterator[tuple[str, IPv4Interface]]:
    """Addresses on the interfaces that the site names: a running MetalLB's own are on others."""
    for node, facts in nodes.items():
        names = {getattr(site.variables, key) for key in keys_of(site, node)}
        yield from ((node, address) for interface, address in facts.addresses() if interface.name in names)


def _usual(found: dict[str, IPv4Network]) -> IPv4Network | None:
    return Counter(found.values()).most_common(1)[0][0] if found else None


RULES = (
    FactsRule("virtual addresses are in their networks", control_nodes, vips_are_in_their_networks),
    FactsRule(
        "virtual addresses are on no other node",
        lambda site: tuple(site.inventory.hosts) if control_nodes(site) else (),
        vips_are_on_no_node,
    ),
    FactsRule(
        "MetalLB's ranges are in networks of the nodes",
        lambda site: site.kubernetes() if site.variables.metallb_enabled else (),
        metallb_ranges_are_reachable,
    ),
)
