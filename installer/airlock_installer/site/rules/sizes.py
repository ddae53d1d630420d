"""Rules about what nodes are made of, and their clocks."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median_low

from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules.interfaces import Nodes, every_node
from airlock_installer.site.rules.rule import FactsRule

MAX_OFFSET = 300
"""Seconds between a node's clock and the others': TLS and tokens bear no more."""
_UNITS = {"cpus": "CPUs", "memory_mb": "MB of memory", "disk_gb": "GB for /"}


def nodes_are_large_enough(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """At least what the guide asks of a node of its kind, or the site's checklist_minimum."""
    for node, facts in nodes.items():
        role = site.roles[node]
        has = {"cpus": facts.cpus, "memory_mb": facts.memory_mb, "disk_gb": facts.root_gb}
        asked = site.variables.minimum(role)
        small = [f"{has[key]} {unit} (at least {asked[key]})" for key, unit in _UNITS.items() if has[key] < asked[key]]
        if small:
            todo = "for a lab, lower checklist_minimum in vars.yml"
            yield site.at_host(f"{node}: too small for a {role} node: {', '.join(small)}", node, todo=todo)


def clocks_agree(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """Nobody's clock is far from the others'."""
    usual = median_low([facts.clock for facts in nodes.values()])
    for node, facts in nodes.items():
        offset = facts.clock - usual
        if abs(offset) > MAX_OFFSET:
            todo = f"set it: `date --set=@$(date +%s)` as of a node that is right, and look at {node}'s firmware clock"
            yield site.at_host(f"{node}: its clock is {offset:+.0f} s from the others'", node, todo=todo)


RULES = (
    FactsRule("nodes have the CPUs, memory and disk that the guide asks", every_node, nodes_are_large_enough),
    FactsRule("clocks agree", every_node, clocks_agree),
)
