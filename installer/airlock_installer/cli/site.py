"""``airlock-site check``: the site's files."""

from __future__ import annotations

from pathlib import Path

import click

from airlock_installer.cli.options import site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.site import site as sites


@click.command()
@site_option
@with_output
def check(output: Output, folder: Path | None) -> None:
    """Check inventory and variables: all faults at once."""
    site = sites.load(site_folder(folder))
    hosts, control = len(site.inventory.hosts), len(site.inventory.control)
    data = {"site": str(site.folder), "hosts": list(site.inventory.hosts), "control": list(site.inventory.control)}
    output.result(data, [f"{site.folder}: {hosts} nodes, {control} of them control nodes: no faults"])


COMMANDS = (check,)
