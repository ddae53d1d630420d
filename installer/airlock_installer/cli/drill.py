"""``airlock-site drill``: what proves a step by breaking something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from airlock_core.errors import raise_all
from airlock_installer import machine
from airlock_installer.cli.options import site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.cli.steps import engine, situation_of, vault
from airlock_installer.cli.work import shown
from airlock_installer.drills import running
from airlock_installer.drills.catalog import DRILLS, drill_of
from airlock_installer.drills.drill import Drill
from airlock_installer.engine import Secrets
from airlock_installer.site import site as sites
from airlock_installer.steps.catalog import CATALOG, Catalog, must_be_there


def commands(catalog: Catalog, drills: Sequence[Drill], vault: Callable[[Path], Secrets]) -> tuple[click.Command, ...]:
    """The command that runs drills.

    Args:
        vault: what the vault of the site in a folder gives.
    """

    @click.command(short_help="Prove a step by breaking something.")
    @click.argument("step")
    @site_option
    @with_output
    def drill(output: Output, step: str, folder: Path | None) -> None:
        """Prove a step by breaking something, and tell the seconds to recovery.

        ha: the control node that has the virtual address loses keepalived as if it had died; connections through the
        address break until another control node has it. It stays there, and the first one is brought back.

        landing: the medium is taken away here, and another control node restarts; images are pulled and the local repo
        is read at the virtual address all the while.
        """
        proven, chosen = catalog.step(step), drill_of(drills, step)
        machine.require_root("a drill")
        situation = situation_of(folder)
        must_be_there((proven,), situation)
        faults = sites.unready(situation.site, [step])
        raise_all(f"{len(faults)} things lack in the site's files before this drill", faults)
        secrets = vault(situation.site.folder)
        with shown(output, "what it broke was brought back", ansible=output.verbose) as more:
            proof = running.run(engine(catalog, situation, secrets=secrets, **more), chosen)
        output.result(proof.plain, [proof.text])

    return (drill,)


COMMANDS = commands(CATALOG, DRILLS, vault)
