"""Drills: what one that was cut has left broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock_installer import holder
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error
from airlock_installer.doctor.ground import Ground
from airlock_installer.ledger import Ledger


@dataclass(frozen=True)
class DrillFacts:
    """The last drill of a step.

    Args:
        run: its number.
        broken: what it has broken and not brought back; empty where nothing.
        is_running: whether a run holds the site now.
    """

    step: str
    run: int
    broken: str = ""
    is_running: bool = False


def look(ground: Ground) -> tuple[DrillFacts, ...] | None:
    """Read the ledger."""
    running = holder.present(ground.layout.lock) is not None
    drills = Ledger(ground.layout.ledger).drills().values()
    told = [(entry, (entry.result.get("harm") or {}).get("what", "")) for entry in drills]
    return tuple(DrillFacts(entry.step, entry.id, broken, running) for entry, broken in told) or None


def left_broken(facts: tuple[DrillFacts, ...]) -> Iterator[Finding]:
    """A drill that was cut before it brought back what it had broken, and that nobody runs now."""
    for drill in facts:
        if drill.broken and not drill.is_running:
            what = f"the drill of {drill.step} (run {drill.run}) left {drill.broken} broken"
            todo = f"airlock-site run {drill.step}: it brings it back before it begins"
            yield error(what, todo=todo)


AREA = Area("drills", look, (left_broken,))
