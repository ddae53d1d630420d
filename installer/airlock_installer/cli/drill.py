"""``airlock-site drill``: what proves a step by breaking something."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from airlock_core.errors import UsageError
from airlock_installer import holder, machine
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.cli.steps import vault
from airlock_installer.drills import ha
from airlock_installer.drills.hands import Hands
from airlock_installer.masking import Mask
from airlock_installer.site import site as sites
from airlock_installer.steps.catalog import CATALOG

DRILLS = ("ha",)


@click.command(short_help="Prove a step by breaking something.")
@click.argument("step")
@site_option
@with_output
def drill(output: Output, step: str, folder: Path | None) -> None:
    """Prove a step by breaking something, and tell the seconds to recovery.

    ha: the control node that has the virtual address loses keepalived as if it had died; connections through the
    address break until another control node has it. It stays there, and the first one is brought back.
    """
    chosen = CATALOG.step(step)
    if step not in DRILLS:
        raise UsageError(f"there is no drill of {step}", todo=f"those that there are: {', '.join(DRILLS)}")
    machine.require_root("a drill")
    site = sites.load(site_folder(folder))
    secrets = vault(site.folder)
    hands = Hands(layout(), site, chosen.done_by.gate, Mask(secrets.texts), secrets.arguments)
    with holder.hold(layout().lock, f"drill {step}") as hold:
        hold.at(step)
        recovery = ha.run(site, hands, output.line)
    output.result(asdict(recovery), [_told(recovery)])


def _told(recovery: ha.Recovery) -> str:
    moved = f"{recovery.address} moved from {recovery.before} to {recovery.after}"
    return f"{moved}; it was silent for {recovery.seconds} s ({recovery.promised} s are allowed)"


COMMANDS = (drill,)
