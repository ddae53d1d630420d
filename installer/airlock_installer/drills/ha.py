"""The drill of ha: the node that has the virtual address loses keepalived as if it had died, and another takes over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from airlock_core.errors import GateError, UsageError
from airlock_installer.drills import outage
from airlock_installer.drills.hands import Hands
from airlock_installer.site.model.variables import Level
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_ha

STRIKE, END = "drill_ha.yml", "drill_ha_end.yml"
PATIENCE = 60.0
"""Seconds after which nobody is taken to come."""
_INTERVALS: Mapping[Level, int] = {"moderato": 5, "allegro": 4, "vivace": 3}
_TIMEOUT, _FALL, _LOST = 3, 2, 4
"""Seconds of a check of haproxy, how many must fail, and seconds until the others miss a node's advertisements."""


@dataclass(frozen=True)
class Recovery:
    """What came of a drill.

    Args:
        address: the virtual address.
        before, after: the node that had it, and the one that has it.
        seconds: how long nobody answered at it.
        promised: the longest that the site's level of availability allows.
    """

    address: str
    before: str
    after: str
    seconds: float
    promised: int


def run(site: Site, hands: Hands, tell: Callable[[str], None]) -> Recovery:
    """Kill keepalived of the node that has the address, wait until another answers, and bring the first back.

    Raises:
        UsageError: there is no other control node.
        GateError, Faults: all was not well before or is not afterwards, nobody took over, or it took too long.
        StepError, Faults: the node could not be struck, or could not be brought back.
    """
    if len(site.inventory.control) < 2:
        raise UsageError("the site has one control node: nobody can take its virtual address over")
    tell("looking whether all is well before")
    first = gate_ha.virtual(site)[0]
    before = _holder(first.address, hands.look())
    tell(f"{before} has {first.address}: killing its keepalived")
    seconds = _strike(site, hands, before, tell)
    tell("looking whether all is well again")
    after = _holder(first.address, hands.look())
    recovery = Recovery(first.address, before, after, round(seconds, 1), promised(site.variables.ha_level))
    _judge(recovery)
    return recovery


def promised(level: Level) -> int:
    """The longest time, in seconds, in which a level of availability moves the address, whatever died."""
    return _INTERVALS[level] * _FALL + _TIMEOUT + _LOST


def _strike(site: Site, hands: Hands, node: str, tell: Callable[[str], None]) -> float:
    """Let a node's keepalived be dead until the address answers; the seconds of silence."""
    address = gate_ha.virtual(site)[0].address
    with outage.calls(address) as calls, _brought_back(hands, node, tell):
        if not calls.wait(0, PATIENCE):
            raise GateError(f"{address} does not answer this machine", todo="`airlock-site doctor` tells more")
        hands.play(STRIKE, {"airlock_drill_node": node, "airlock_drill_addresses": _told(site)})
        struck = time.monotonic()
        if not calls.wait(struck, PATIENCE):
            todo = "on the others: journalctl -u keepalived -u haproxy"
            raise GateError(f"{address}: nobody took it over from {node} within {PATIENCE:.0f} s", todo=todo)
        seconds = outage.silence(calls.answers)
        tell(f"{address} answers again after {seconds:.1f} s")
    return seconds


@contextlib.contextmanager
def _brought_back(hands: Hands, node: str, tell: Callable[[str], None]) -> Iterator[None]:
    """However the block ends, keepalived of the node runs afterwards."""
    try:
        yield
    finally:
        tell(f"bringing keepalived of {node} back")
        hands.play(END, {"airlock_drill_node": node})


def _told(site: Site) -> list[dict[str, str]]:
    return [asdict(each) for each in gate_ha.virtual(site)]


def _holder(address: str, found: gate_ha.Found) -> str:
    """The one node that has an address; the gate has passed."""
    return next(iter(gate_ha.holders(address, found)))


def _judge(recovery: Recovery) -> None:
    what = f"{recovery.address} did not move from {recovery.before}"
    if recovery.after == recovery.before:
        raise GateError(what, todo="on the others: journalctl -u keepalived")
    if recovery.seconds > recovery.promised:
        what = f"{recovery.address}: expected to answer again within {recovery.promised} s, it took {recovery.seconds}"
        raise GateError(what, todo=f"on {recovery.after}: journalctl -u keepalived")
