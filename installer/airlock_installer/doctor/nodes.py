"""The nodes: reached as the steps reach them."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.reach import ping
from airlock_installer.reach.nodes import Reached

NodeFacts = tuple[Reached, ...]


def look(ground: Ground) -> NodeFacts | None:
    """Take the nodes' answers."""
    return ground.reached if ground.site else None


def unready(facts: NodeFacts) -> Iterator[Finding]:
    """A node that the steps cannot work on."""
    for fault in ping.faults(facts):
        yield error(fault.what, where=fault.where, why=fault.why, todo=fault.todo)


def misnamed(facts: NodeFacts) -> Iterator[Finding]:
    """Two nodes of the inventory that are one machine."""
    seen: dict[str, str] = {}
    for one in facts:
        if one.answer is None:
            continue
        before = seen.setdefault(one.answer.name, one.login.node)
        if before != one.login.node:
            what = f"it has the same name as {before}: {one.answer.name}. Are they one machine?"
            todo = f"is the address right? Else on {one.login.node}: hostnamectl set-hostname {one.login.node}"
            yield warning(what, where=one.login.node, todo=todo)


AREA = Area("nodes", look, (unready, misnamed))
