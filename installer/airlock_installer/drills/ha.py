"""The drill of ha: the node that has the virtual address loses keepalived as if it had died, and another takes over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from airlock_core import strict_yaml
from airlock_core.errors import GateError, UsageError
from airlock_installer.drills import outage
from airlock_installer.drills.drill import Drill, Proof
from airlock_installer.drills.hands import Hands
from airlock_installer.harm import Harm
from airlock_installer.site.model.variables import Level
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_ha, playbook

STRIKE, END = "drill_ha.yml", "drill_ha_end.yml"
PATIENCE = 60.0
"""Seconds after which nobody is taken to come."""
_LOST = 4
"""Seconds until the others miss a node's advertisements."""


def refuse(site: Site) -> None:
    """Raise :class:`UsageError` for a site whose virtual address has nowhere to go."""
    if len(site.inventory.control) < 2:
        raise UsageError(
            "the site has one control node: nobody can take its virtual address over",
            todo="nothing: with one control node the address is lost for as long as that node is",
        )


def work(hands: Hands) -> Proof:
    """Kill keepalived of the node that has the address, wait until another answers, and bring the first back.

    Raises:
        GateError, Faults: all was not well before or is not afterwards, or nobody took over.
        StepError, Faults: the node could not be struck, or could not be brought back.
    """
    address = gate_ha.virtual(hands.site)[0].address
    hands.note("looking whether all is well before")
    before = _holder(address, hands.look())
    hands.note(f"{before} has {address}: killing its keepalived")
    seconds = round(_strike(hands, address, before), 1)
    hands.note("looking whether all is well again")
    after = _holder(address, hands.look())
    if after == before:
        raise GateError(f"{address} did not move from {before}", todo="on the others: journalctl -u keepalived")
    allowed = promised(hands.site.variables.ha_level)
    text = f"{address} moved from {before} to {after}; it was silent for {seconds} s ({allowed} s are allowed)"
    return Proof(text, seconds, allowed, {"address": address, "before": before, "after": after})


def promised(level: Level) -> int:
    """The longest time, in seconds, in which a level of availability moves the address, whatever died."""
    checks = _checks()
    return int(checks["intervals"][level] * checks["fall"] + checks["timeout"] + _LOST)


def _checks() -> Mapping[str, Any]:
    """How the nodes check haproxy, as the step has it: seconds and counts."""
    path = playbook.ansible_folder() / "ha_checks.yml"
    checks: Mapping[str, Any] = strict_yaml.load(path)["ha_checks"]
    return checks


def _strike(hands: Hands, address: str, node: str) -> float:
    """Let a node's keepalived be dead until the address answers; the seconds of silence."""
    harm = Harm(f"keepalived of {node}", END, {"airlock_drill_node": node})
    with outage.calls(address) as calls, hands.breaking(harm):
        if not calls.wait(0, PATIENCE, hands.attend):
            raise GateError(f"{address} does not answer this machine", todo="`airlock-site doctor` tells more")
        hands.play(STRIKE, {"airlock_drill_node": node, "airlock_drill_addresses": _told(hands.site)})
        struck = time.monotonic()
        if not calls.wait(struck, PATIENCE, hands.attend):
            todo = "on the others: journalctl -u keepalived -u haproxy"
            raise GateError(f"{address}: nobody took it over from {node} within {PATIENCE:.0f} s", todo=todo)
        seconds = outage.silence(calls.answers)
        hands.note(f"{address} answers again after {seconds:.1f} s")
    return seconds


def _told(site: Site) -> list[dict[str, str]]:
    return [asdict(each) for each in gate_ha.virtual(site)]


def _holder(address: str, found: gate_ha.Found) -> str:
    """The one node that has an address; the gate has passed."""
    return next(iter(gate_ha.holders(address, found)))


DRILL = Drill(
    step="ha",
    title="Drill: keepalived of the node that has the virtual address is killed",
    breaks="connections through the virtual address, while it moves",
    minutes=1,
    refuse=refuse,
    work=work,
)
