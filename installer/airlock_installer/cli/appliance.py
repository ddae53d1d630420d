"""``airlock-site appliance``: what the kickstart and the appliance's own units call."""

from __future__ import annotations

from pathlib import Path

import click

from airlock_installer import appliance as deployers
from airlock_installer import console as consoles
from airlock_installer import machine
from airlock_installer.cli import media, serve
from airlock_installer.cli.options import layout, with_output
from airlock_installer.cli.output import Output, table


@click.group(short_help="What the kickstart and the units call.")
def appliance() -> None:
    """Making a machine a deployer that comes up by itself (called by the kickstart)."""


@appliance.command()
@click.option("--medium", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--user", help="Whose home gets the site's folder.")
@with_output
def enable(output: Output, medium: Path, user: str | None) -> None:
    """Enable the units, record the medium's release, write the site of this one node."""
    machine.require_root("enabling units")
    site = deployers.enable(layout(), medium, user)
    output.result({"site": str(site)}, [f"the appliance comes up at the next boot; its site: {site}"])


@appliance.command()
@with_output
def console(output: Output) -> None:
    """Show on the consoles what runs."""
    machine.require_root("writing to the consoles")
    data, services = media.describe(), serve.describe()
    text = consoles.text(table([*media.rows(data), *serve.rows(services)]))
    consoles.show(layout(), text)
    output.result({"shown": text}, text.splitlines())


COMMANDS = (appliance,)
