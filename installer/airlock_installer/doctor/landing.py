"""Registry and local repo on the control nodes, once the step landing is done: at work, and served at the VIP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.serve.client import RegistryClient, repo_fault
from airlock_installer.serve.endpoints import GENESIS

UNITS = ("airlock-registry", "airlock-repo")
_RERUN = "airlock-site run landing"


@dataclass(frozen=True)
class LandingFacts:
    """What stands behind the virtual address.

    Args:
        address: where nodes are led.
        faults: why registry or repo does not answer there, by name; empty where it does.
        control: states of their units on the control nodes that answered.
        wanted: the virtual address of the site's files; None where there is none.
    """

    address: str
    faults: Mapping[str, str] = field(default_factory=dict)
    control: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wanted: str | None = None


def look(ground: Ground) -> LandingFacts | None:
    """Ask at the virtual address, and take the nodes' answers; nothing where nobody is led there."""
    address = ground.endpoints.vip
    if ground.site is None or address is None:
        return None
    registry = RegistryClient(GENESIS, ground.layout.ca_certificate, address)
    faults = {"registry": registry.fault(), "local repo": repo_fault(ground.endpoints.repo, address)}
    answered = {one.login.node: one.answer for one in ground.reached if one.answer}
    control = {node: answered[node].units for node in ground.site.inventory.control if node in answered}
    vip = ground.site.variables.keepalived_vip
    return LandingFacts(address, faults, control, str(vip) if vip else None)


def silent(facts: LandingFacts) -> Iterator[Finding]:
    """A service that does not answer where all nodes are led."""
    for name, why in facts.faults.items():
        if why:
            todo = f"on the control nodes: journalctl -u haproxy -u airlock-repo -u airlock-registry; {_RERUN}"
            yield error(f"the {name} does not answer at {facts.address}", why=why, todo=todo)


def idle(facts: LandingFacts) -> Iterator[Finding]:
    """A control node that does not do its share."""
    for node, units in facts.control.items():
        for unit in UNITS:
            if units.get(unit) != "active":
                todo = f"on {node}: systemctl status {unit}; journalctl -u {unit}; {_RERUN}"
                yield warning(f"{unit} does not run: {units.get(unit, 'unknown')}", where=node, todo=todo)


def elsewhere(facts: LandingFacts) -> Iterator[Finding]:
    """Nodes that are led to another address than the site's."""
    if facts.wanted not in (None, facts.address):
        what = f"nodes pull from {facts.address}, and the site's virtual address is {facts.wanted}"
        yield warning(what, todo=f"airlock-site run ha, then {_RERUN}")


AREA = Area("landing", look, (silent, idle, elsewhere))
