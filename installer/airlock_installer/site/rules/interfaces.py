"""Rules about the nodes' interfaces and addresses, by their facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from airlock_installer.site.facts import Facts
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.addresses import CEPH_ADDRESSES, address_of
from airlock_installer.site.rules.rule import FactsRule

Nodes = Mapping[str, Facts]
PROVIDER = "provider_iface_name"
_SAME = "is the address right, its prefix, the cable?"
_EVERYWHERE = ("mgmt_iface_name", "storage_iface_name")
_KUBERNETES = ("svc_iface_name", "mgmt_iface_name", PROVIDER, "overlay_iface_name", "storage_iface_name")


def every_node(site: Site) -> tuple[str, ...]:
    """All nodes of the inventory."""
    return tuple(site.inventory.hosts)


def keys_of(site: Site, node: str) -> tuple[str, ...]:
    """Keys of ``vars.yml`` that name an interface which a node must have."""
    keys = _KUBERNETES if node in site.has_all_networks else _EVERYWHERE
    return tuple(key for key in keys if getattr(site.variables, key) is not None)


def powerflex_nodes(site: Site) -> tuple[str, ...]:
    """Nodes on PowerFlex's storage networks, where it is a backend."""
    return site.inventory.members("mdm", "sds", "sdc") if "powerflex" in site.variables.storage_backends else ()


def powerflex_interfaces(site: Site) -> tuple[str, ...]:
    """Their interfaces there."""
    return site.backends.powerflex.storage_iface_names if site.backends.powerflex else ()


def networks(site: Site, nodes: Nodes, key: str) -> dict[str, IPv4Network]:
    """The network that each node is in by one of its interfaces, where it has it and an address."""
    members = {node: facts for node, facts in nodes.items() if key in keys_of(site, node)}
    return by_interface(members, getattr(site.variables, key))


def by_interface(nodes: Nodes, name: str) -> dict[str, IPv4Network]:
    """The same of an interface by its name."""
    found = {node: facts.network(name) for node, facts in nodes.items()}
    return {node: network for node, network in found.items() if network is not None}


def interfaces_are_there(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """Every node has the interfaces that its networks need."""
    for key in _KUBERNETES:
        name = getattr(site.variables, key)
        lacking = [node for node in nodes if key in keys_of(site, node) and name not in nodes[node].interfaces]
        if lacking:
            yield site.at(f"there is no {name} on {', '.join(lacking)}", key, why=_told(lacking[0], nodes))
    yield from _powerflex(site, nodes)


def _powerflex(site: Site, nodes: Nodes) -> Iterator[Fault]:
    members = [node for node in powerflex_nodes(site) if node in nodes]
    for index, name in enumerate(powerflex_interfaces(site)):
        lacking = [node for node in members if nodes[node].network(name) is None]
        if lacking:
            what = f"there is no {name} with an address on {', '.join(lacking)}"
            why = _told(lacking[0], nodes)
            yield site.at(what, "storage_iface_names", index, file="powerflex", why=why)


def _told(node: str, nodes: Nodes) -> str:
    parts = (
        f"{interface.name} ({', '.join(map(str, interface.addresses)) or 'no address'})"
        for _, interface in sorted(nodes[node].interfaces.items())
        if interface.name != "lo"
    )
    return f"{node} has {', '.join(parts) or 'none'}"


def interfaces_carry_what_they_must(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """They are up and have addresses; that on the provider network has none."""
    for key in _KUBERNETES:
        name = getattr(site.variables, key)
        there = {
            node: facts.interfaces[name]
            for node, facts in nodes.items()
            if key in keys_of(site, node) and name in facts.interfaces
        }
        down = [node for node, interface in there.items() if not interface.up]
        if down:
            yield site.at(f"{name} is not up on {', '.join(down)}", key, todo=f"see `ip link show {name}` there")
        if key == PROVIDER:
            yield from _addressed(site, nodes, name, [node for node in there if there[node].addresses])
        else:
            bare = [node for node, interface in there.items() if not interface.addresses]
            if bare:
                yield site.at(f"{name} has no address on {', '.join(bare)}", key, todo="give it one")


def _addressed(site: Site, nodes: Nodes, name: str, wrong: list[str]) -> Iterator[Fault]:
    if wrong:
        told = ", ".join(f"{node} ({nodes[node].interfaces[name].addresses[0]})" for node in wrong)
        why = "instances' traffic passes through it; the nodes themselves are not in that network"
        todo = "take the address off, or name the interface that is meant"
        yield site.at(f"{name} has an address on {told}", PROVIDER, why=why, todo=todo)


def networks_are_one(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """All nodes are in the same network by the same interface."""
    for key in _KUBERNETES:
        if key != PROVIDER and getattr(site.variables, key):
            for what in _odd(getattr(site.variables, key), networks(site, nodes, key)):
                yield site.at(what, key, todo=_SAME)
    for index, name in enumerate(powerflex_interfaces(site)):
        found = by_interface({node: nodes[node] for node in powerflex_nodes(site) if node in nodes}, name)
        for what in _odd(name, found) if name != site.variables.storage_iface_name else ():
            yield site.at(what, "storage_iface_names", index, file="powerflex", todo=_SAME)


def _odd(name: str, found: Mapping[str, IPv4Network]) -> Iterator[str]:
    """What is wrong where not all nodes are in one network by an interface."""
    usual = usual_network(found)
    odd = [f"{node} in {network}" for node, network in found.items() if network != usual]
    if odd:
        yield f"{name} is in another network than the other nodes' {usual}: {', '.join(odd)}"


def usual_network(found: Mapping[str, IPv4Network]) -> IPv4Network | None:
    """The network that most nodes are in."""
    return Counter(found.values()).most_common(1)[0][0] if found else None


def ips_are_on_the_management_network(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """The ip of a node is that of its interface on the management network."""
    name = site.variables.mgmt_iface_name
    for node, facts in nodes.items():
        address = address_of(site, node, "ip")
        interface = facts.interfaces.get(name)
        if address is None or interface is None or facts.interface_of(address) == name:
            continue
        where = facts.interface_of(address)
        found = f"on {where}" if where else "on none of its interfaces"
        why = f"{name} there has {', '.join(map(str, interface.addresses)) or 'no address'}"
        yield site.at_host(f"{node}: {address} is {found}, and mgmt_iface_name is {name}", node, "ip", why=why)


def ceph_addresses_are_there(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """What ceph shall listen on is on the node; monitors on the storage network, which is ceph's own."""
    name = site.variables.storage_iface_name
    for node, facts in nodes.items():
        for variable in CEPH_ADDRESSES:
            address = address_of(site, node, variable)
            where = facts.interface_of(address) if address else None
            if address is not None and where is None:
                what = f"{node}: its {variable} {address} is on none of its interfaces"
                yield site.at_host(what, node, variable, why=_told(node, nodes))
            elif where and variable == "monitor_address" and where != name:
                what = f"{node}: its {variable} {address} is on {where}, and storage_iface_name is {name}"
                yield site.at_host(what, node, variable, why=_told(node, nodes))


def found_addresses_are_unique(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """No address is on two nodes, on the interfaces that the site names."""
    owners: dict[object, str] = {}
    for node, facts in nodes.items():
        names = {getattr(site.variables, key) for key in keys_of(site, node)}
        for interface, address in facts.addresses():
            if interface.name not in names or address.network.prefixlen == address.max_prefixlen:
                continue
            owner = owners.setdefault(address.ip, node)
            if owner != node:
                what = f"{node} has an address of {owner} on {interface.name}: {address.ip}"
                yield site.at_host(what, node)


RULES = (
    FactsRule("the interfaces of vars.yml are on the nodes", every_node, interfaces_are_there),
    FactsRule(
        "they are up, with addresses, and none on the provider network", every_node, interfaces_carry_what_they_must
    ),
    FactsRule("each network is the same on all nodes", every_node, networks_are_one),
    FactsRule("each ip is on the management network's interface", every_node, ips_are_on_the_management_network),
    FactsRule(
        "monitor_address and radosgw_address are on their nodes, and monitors on the storage network",
        lambda site: tuple(
            n for n in site.inventory.hosts if any(v in site.inventory.hosts[n] for v in CEPH_ADDRESSES)
        ),
        ceph_addresses_are_there,
    ),
    FactsRule("no address is on two nodes", every_node, found_addresses_are_unique),
)
