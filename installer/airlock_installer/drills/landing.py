"""The drill of landing: the medium is away, a control node restarts, and pulls at the virtual address go on."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from typing import Any

from airlock_core.errors import GateError, UsageError
from airlock_installer.drills import ha, outage
from airlock_installer.drills.drill import Drill, Proof
from airlock_installer.drills.hands import Hands
from airlock_installer.harm import Harm
from airlock_installer.serve.client import RegistryClient, repo_fault
from airlock_installer.serve.endpoints import GENESIS
from airlock_installer.site.site import Site

STRIKE, END = "drill_landing.yml", "drill_landing_end.yml"
PATIENCE = 60.0
"""Seconds after which nobody is taken to answer."""
_ASK_SECONDS = 2.0
_PASSED_OVER = 4
"""Seconds until haproxy passes over a node that takes no connection: one try of 3 s, and a pause."""


def refuse(site: Site) -> None:
    """Raise :class:`UsageError` for a site where nobody else serves."""
    if len(site.inventory.control) < 2:
        raise UsageError(
            "the site has one control node: nobody else serves while it restarts",
            todo="nothing: with one control node registry and repo are away for as long as that node is",
        )


def work(hands: Hands) -> Proof:
    """Take the medium away, restart another control node than this, and pull all the while.

    Raises:
        GateError, Faults: all was not well before or is not afterwards, without the medium; or pulls did not go on.
        StepError, Faults: the node could not be restarted, or something could not be brought back.
    """
    hands.note("looking whether all is well before")
    hands.look()
    given = hands.engine.variables(hands.step)
    here, address = str(given["airlock_landing_deployer"]), str(given["airlock_landing_vip"])
    node = next(each for each in hands.site.inventory.control if each != here)
    seconds = round(_strike(hands, address, node, here, _pulls(hands, given)), 1)
    allowed = ha.promised(hands.site.variables.ha_level) + _PASSED_OVER
    text = f"{node} restarted while the medium was away; nothing could be pulled for {seconds} s"
    found = {"address": address, "node": node, "medium": "away"}
    return Proof(f"{text} ({allowed} s are allowed)", seconds, allowed, found)


def _strike(hands: Hands, address: str, node: str, here: str, pulls: Callable[[str], bool]) -> float:
    """Restart a node while the medium is hidden here, and look whether all is well; the longest time without a pull."""
    places = {"airlock_drill_node": node, "airlock_drill_deployer": here}
    harm = Harm(f"{node}, and the medium of {here},", END, places)
    with outage.calls(address, pulls) as calls, hands.breaking(harm):
        if not calls.wait(0, PATIENCE, hands.attend):
            raise GateError(f"nothing can be pulled at {address}", todo="`airlock-site doctor` tells more")
        hands.note(f"taking the medium of {here} away, and restarting {node}")
        hands.play(STRIKE, places)
        back = time.monotonic()
        if not calls.wait(back, PATIENCE, hands.attend):
            todo = "on the control nodes: journalctl -u haproxy -u airlock-repo -u airlock-registry"
            raise GateError(f"{address}: nothing could be pulled for {PATIENCE:.0f} s", todo=todo)
        seconds = outage.silence(calls.answers)
        hands.note(f"{node} is back; looking whether all is well without the medium")
        hands.look()
    return seconds


def _pulls(hands: Hands, given: Mapping[str, Any]) -> Callable[[str], bool]:
    """What asks the address for each image in turn, and for the local repo."""
    manifests = [str(each["path"]) for each in given["airlock_landing_asked_shortly"]]
    authority, repo, turns = hands.engine.layout.ca_certificate, hands.engine.endpoints.repo, [0]

    def pull(address: str) -> bool:
        turns[0] += 1
        repository, _, reference = manifests[turns[0] % len(manifests)].removeprefix("/v2/").partition("/manifests/")
        client = RegistryClient(GENESIS, authority, address, _ASK_SECONDS)
        try:
            return bool(client.digest(repository, reference)) and not repo_fault(repo, address, _ASK_SECONDS)
        except (OSError, http.client.HTTPException):
            return False

    return pull


DRILL = Drill(
    step="landing",
    title="Drill: the medium is taken away and a control node restarts",
    breaks="what runs on a control node, while it restarts",
    minutes=5,
    refuse=refuse,
    work=work,
)
