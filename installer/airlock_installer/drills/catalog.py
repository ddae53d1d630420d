"""All drills of this release."""

from __future__ import annotations

from collections.abc import Sequence

from airlock_core.errors import UsageError
from airlock_installer.drills import ha, landing
from airlock_installer.drills.drill import Drill

DRILLS: tuple[Drill, ...] = (ha.DRILL, landing.DRILL)


def drill_of(drills: Sequence[Drill], step: str) -> Drill:
    """The drill of a step.

    Raises:
        UsageError: there is none.
    """
    for drill in drills:
        if drill.step == step:
            return drill
    there = ", ".join(drill.step for drill in drills)
    raise UsageError(f"there is no drill of {step}", todo=f"those that there are: {there}")
