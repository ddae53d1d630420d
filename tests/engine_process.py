"""``airlock-site`` with steps of a test: ``python -m tests.engine_process COMMAND…``, with $AIRLOCK_ROOT and $STEPS.

$STEPS is a folder with ``steps.json``: a list of steps, each with ``name`` and what it reads, whose playbooks are
``NAME.yml`` and ``gate_NAME.yml`` there. A gate wants ``good`` of every node in the fact that its playbook leaves. What
is masked stands in ``secrets.json``, where that is there. Each step has a drill that plays ``break_NAME.yml``, waits
while there is a file ``hold``, and is undone by ``mend_NAME.yml``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from airlock_core.errors import AirlockError, GateError
from airlock_installer import cli
from airlock_installer.cli import drill as drills
from airlock_installer.cli import history, reports, steps
from airlock_installer.drills.drill import Drill, Proof
from airlock_installer.drills.hands import Hands
from airlock_installer.engine import Secrets
from airlock_installer.harm import Harm
from airlock_installer.site.site import Site
from airlock_installer.steps.catalog import Catalog
from airlock_installer.steps.step import Evidence, Gate, Reads, Step, Work


def catalog(folder: Path) -> Catalog:
    """The steps of a folder."""
    return Catalog(tuple(_step(folder, each) for each in json.loads((folder / "steps.json").read_text())))


def secrets(site: Path) -> Secrets:
    """What is to be masked."""
    path = Path(os.environ["STEPS"]) / "secrets.json"
    return Secrets(json.loads(path.read_text())) if path.is_file() else Secrets()


def _step(folder: Path, data: dict[str, Any]) -> Step:
    name = str(data["name"])
    work = Work(str(folder / f"{name}.yml"), Gate(str(folder / f"gate_{name}.yml"), _judge))
    return Step(
        name=name,
        title=str(data.get("title", f"The step {name}")),
        applies=lambda _: True,
        reads=Reads(frozenset(data.get("keys", [])), frozenset(data.get("groups", ["all"]))),
        breaks="",
        minutes=1,
        work=None if data.get("lacking") else work,
    )


def _judge(site: Site, found: Evidence) -> list[AirlockError]:
    wrong = [node for node in site.inventory.hosts if not found.get(node, {}).get("good")]
    return [GateError(f"expected good, found {found.get(node)}", where=node, todo="make it good") for node in wrong]


def drill_of(folder: Path, name: str) -> Drill:
    """The drill of a step, which takes 1.5 s by its own word."""

    def work(hands: Hands) -> Proof:
        hands.look()
        node = list(hands.site.inventory.hosts)[-1]
        with hands.breaking(Harm(f"{name} of {node}", str(folder / f"mend_{name}.yml"), {"airlock_drill_node": node})):
            hands.play(str(folder / f"break_{name}.yml"), {"airlock_drill_node": node})
            while (folder / "hold").exists():
                hands.attend()
                time.sleep(0.02)
        hands.look()
        promised = float((folder / "promised").read_text())
        return Proof(f"{name} was away from {node} for 1.5 s", 1.5, promised, {"node": node})

    return Drill(name, f"Drill of {name}", "what uses it", 1, lambda _: None, work)


def commands() -> click.Group:
    """The commands, with the steps of $STEPS."""
    folder = Path(os.environ["STEPS"])
    known = catalog(folder)
    group = click.Group("airlock-site")
    made = (
        *steps.commands(known, secrets),
        *drills.commands(known, [drill_of(folder, step.name) for step in known.steps], secrets),
        *history.commands(known),
        *reports.commands(known, secrets),
    )
    for command in made:
        group.add_command(command)
    return group


def main() -> None:
    """Run the command of ``sys.argv`` and exit with its code."""
    sys.exit(cli.run(sys.argv[1:], commands()))


if __name__ == "__main__":
    main()
