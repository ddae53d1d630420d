"""The virtual address: on exactly one control node once the step ha is done, on nobody's before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airlock_core import proc
from airlock_core.errors import MachineError
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.site.site import Site

_UNITS = ("keepalived", "haproxy")
_RERUN = "airlock-site run ha"


@dataclass(frozen=True)
class VipFacts:
    """The virtual addresses.

    Args:
        addresses: those that the site has.
        is_done: whether the step ha was done.
        holders: nodes that have an address, by address.
        control: control nodes that answered, with the states of their units.
        answers: addresses that somebody answers at, each with that machine's hardware address, where that is known.
    """

    addresses: tuple[str, ...]
    is_done: bool
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    control: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


def look(ground: Ground) -> VipFacts | None:
    """Take the nodes' answers, and call the addresses."""
    addresses = _addresses(ground.site) if ground.site else ()
    if ground.site is None or not addresses:
        return None
    answered = {one.login.node: one.answer for one in ground.reached if one.answer}
    holders = {
        address: tuple(
            node for node, answer in answered.items() if any(address in each for each in answer.addresses.values())
        )
        for address in addresses
    }
    control = {node: answered[node].units for node in ground.site.inventory.control if node in answered}
    calls = {address: _hardware(address) for address in addresses if _answers(address)}
    return VipFacts(addresses, ground.is_done("ha"), holders, control, calls)


def _addresses(site: Site) -> tuple[str, ...]:
    found = (site.variables.keepalived_vip, site.variables.keepalived_vip_svc)
    return tuple(str(address) for address in found if address)


def _answers(address: str) -> bool:
    """Whether anybody answers an echo request (ping(8)), whoever had the address before.

    The kernel would go on asking the machine that had it last, for seconds (arp(7), "delay_first_probe_time").
    """
    try:
        proc.run(["ip", "neighbour", "flush", "to", address], timeout=10, expect=range(256))
        words = ["ping", "-c", "1", "-W", "1", "-n", "-q", address]
        return proc.run(words, timeout=10, expect=range(256)).status == 0
    except MachineError:  # there is no ping here
        return False


def _hardware(address: str) -> str:
    """The hardware address of who answered last (ip-neighbour(8)); empty where this machine itself did."""
    try:
        told = proc.run(["ip", "-json", "neighbour", "show", address], timeout=10, expect=range(256)).stdout
    except MachineError:
        return ""
    return next((str(one["lladdr"]) for one in json.loads(told or "[]") if one.get("lladdr")), "")


def held_twice(facts: VipFacts) -> Iterator[Finding]:
    """An address that two nodes have at once."""
    for address, nodes in facts.holders.items():
        if len(nodes) > 1:
            todo = f"can they reach one another by VRRP (IP protocol 112)? On each: journalctl -u keepalived; {_RERUN}"
            yield error(f"{address} is on {len(nodes)} nodes at once: {', '.join(nodes)}", todo=todo)


def held_by_nobody(facts: VipFacts) -> Iterator[Finding]:
    """An address that no node has."""
    for address, nodes in facts.holders.items():
        if facts.is_done and facts.control and not nodes:
            todo = f"on the control nodes: systemctl status keepalived; {_RERUN}"
            yield error(f"{address} is on no node that answers", todo=todo)


def held_elsewhere(facts: VipFacts) -> Iterator[Finding]:
    """An address on a node that is no control node."""
    for address, nodes in facts.holders.items():
        strangers = [node for node in nodes if node not in facts.control]
        if strangers:
            todo = f"take it off there: ip address del {address}/32 dev INTERFACE"
            yield error(f"{address} is on {', '.join(strangers)}, which is no control node", todo=todo)


def taken(facts: VipFacts) -> Iterator[Finding]:
    """An address that another machine answers at."""
    for address, hardware in sorted(facts.answers.items()):
        if not facts.holders.get(address):
            todo = "find it by its hardware address and free the address there, or choose another address in vars.yml"
            who = f": {hardware}" if hardware else ""
            yield error(f"a machine that is no node of the site answers at {address}{who}", todo=todo)


def idle(facts: VipFacts) -> Iterator[Finding]:
    """A control node whose share of keeping the address does not run."""
    for node, units in facts.control.items():
        for unit in _UNITS:
            if facts.is_done and units.get(unit) != "active":
                todo = f"on {node}: systemctl status {unit}; journalctl -u {unit}; {_RERUN}"
                yield warning(f"{unit} does not run: {units.get(unit, 'unknown')}", where=node, todo=todo)


AREA = Area("virtual address", look, (held_twice, held_by_nobody, held_elsewhere, taken, idle))
