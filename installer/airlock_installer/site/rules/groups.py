"""Rules about groups: which there must be, how many nodes, and which node is the deployer."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from airlock_installer.site.inventory import CONTROL_GROUPS
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.rule import Rule

KUBERNETES = ("kube_control_plane", "kube_node")
OPENSTACK = ("controller-node", "network-node", "compute-node")
CEPH = ("mons", "mgrs", "osds", "rgws", "clients")
POWERFLEX = ("mdm", "sds", "sdc", "gateway", "presentation")
KNOWN = (*KUBERNETES, *OPENSTACK, *CEPH, *POWERFLEX)

_ALIKE = 0.8
_NODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_OWN = frozenset({"all", "ungrouped", "ceph", "powerflex", "etcd", "k8s_cluster", "calico_rr"})
"""Groups that Ansible and the platform's own projects add."""


def control_count(site: Site) -> Iterator[Fault]:
    """None and two are too few, in both groups together and in each: two cannot outvote one that is cut off."""
    control = site.inventory.control
    if not control:
        yield site.at_group(f"no control node: {' or '.join(CONTROL_GROUPS)} is empty", CONTROL_GROUPS[0])
    if len(control) == 2:
        group = next(name for name in CONTROL_GROUPS if control[1] in site.inventory.members(name))
        yield _two(site, " and ".join(CONTROL_GROUPS), control, group, control[1])
        return
    for group in CONTROL_GROUPS:
        members = site.inventory.members(group)
        if len(members) == 2:
            yield _two(site, group, members, group)


def _two(site: Site, where: str, members: tuple[str, ...], group: str, host: str = "") -> Fault:
    what = f"two control nodes in {where}: {members[0]} and {members[1]}"
    why = "with one of two lost, the other cannot know that it is not itself cut off"
    return site.at_group(what, group, host, why=why, todo="name three or more, or exactly one")


def kubernetes_is_there(site: Site) -> Iterator[Fault]:
    """Kubernetes has control plane and workers."""
    yield from _empty(site, KUBERNETES)


def openstack_is_there(site: Site) -> Iterator[Fault]:
    """OpenStack has its three kinds of nodes."""
    yield from _empty(site, OPENSTACK)


def _empty(site: Site, groups: tuple[str, ...]) -> Iterator[Fault]:
    for group in groups:
        if not site.inventory.members(group):
            yield site.at_group(f"no node in the group {group}", group, todo=f"write at least one below [{group}]")


def openstack_on_kubernetes(site: Site) -> Iterator[Fault]:
    """OpenStack runs as pods."""
    nodes = site.kubernetes()
    for group in OPENSTACK:
        for host in site.inventory.members(group):
            if nodes and host not in nodes:
                what = f"{host} is in {group} and in no group of Kubernetes"
                yield site.at_group(what, group, host, todo=f"write {host} below [kube_node] too")


def misspelled(site: Site) -> Iterator[Fault]:
    """A group that is like one that is known, and is none of them, was meant to be it."""
    for group in site.inventory.groups:
        if group in KNOWN or group in _OWN:
            continue
        plain = {name.replace("_", "-"): name for name in KNOWN}
        for near in difflib.get_close_matches(group.lower().replace("_", "-"), plain, 1, _ALIKE):
            yield site.at_group(f"an unknown group: {group}", group, todo=f"did you mean {plain[near]!r}?")


def node_names(site: Site) -> Iterator[Fault]:
    """Kubernetes takes names of DNS in lower case alone (RFC 1123)."""
    for host in site.inventory.hosts:
        if not _NODE.fullmatch(host):
            todo = "use a-z, 0-9 and -, and begin and end with a letter or digit"
            yield site.at_host(f"not a name that Kubernetes takes for a node: {host!r}", host, todo=todo)


def deployer(site: Site) -> Iterator[Fault]:
    """The deployer is the first control node, and it alone is reached without ssh."""
    first = site.inventory.control[:1]
    for host, variables in site.inventory.hosts.items():
        if first and host != first[0] and variables.get("ansible_connection") == "local":
            what = f"{host} has ansible_connection=local, and the deployer is {first[0]}, the first control node"
            why = f"all that is meant for {host} would be done to the deployer"
            todo = f"take it out, or write {host} first below [{CONTROL_GROUPS[0]}]"
            yield site.at_host(what, host, "ansible_connection", why=why, todo=todo)


RULES = (
    Rule("there are three control nodes or more, or exactly one", control_count),
    Rule("Kubernetes has nodes", kubernetes_is_there, step="k8s"),
    Rule("OpenStack has nodes", openstack_is_there, step="burrito"),
    Rule("nodes of OpenStack are nodes of Kubernetes", openstack_on_kubernetes),
    Rule("no group is misspelled", misspelled),
    Rule("names of nodes are such that Kubernetes takes them", node_names),
    Rule("the first control node is the deployer", deployer),
)
