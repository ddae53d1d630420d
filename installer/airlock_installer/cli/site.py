"""``airlock-site prepare`` and ``check``: the site's files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from airlock_installer import machine
from airlock_installer.appliance import Appliance
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.site import samples
from airlock_installer.site import site as sites


@click.command()
@site_option
@click.option("--mgmt-iface", metavar="NAME", help="Interface on the management network, where the nodes are served.")
@with_output
def prepare(output: Output, folder: Path | None, mgmt_iface: str | None) -> None:
    """Copy the samples of hosts, vars.yml and group_vars; what is there is kept."""
    site = site_folder(folder)
    if mgmt_iface is not None:
        machine.require_root("choosing the management interface")
        machine.management(mgmt_iface, machine.interfaces())
        replace(Appliance.load(layout()), mgmt_iface=mgmt_iface, site=str(site)).save(layout())
    site.mkdir(parents=True, exist_ok=True)
    owner = site.stat()
    new = samples.write(site, *((owner.st_uid, owner.st_gid) if os.geteuid() == 0 else ()))
    data = {"site": str(site), "new": [str(path) for path in new]}
    output.result(data, [f"new: {path}" for path in new] or [f"nothing new in {site}"])


@click.command()
@site_option
@with_output
def check(output: Output, folder: Path | None) -> None:
    """Check inventory and variables: all faults at once."""
    site = sites.load(site_folder(folder))
    hosts, control = len(site.inventory.hosts), len(site.inventory.control)
    data = {"site": str(site.folder), "hosts": list(site.inventory.hosts), "control": list(site.inventory.control)}
    output.result(data, [f"{site.folder}: {hosts} nodes, {control} of them control nodes: no faults"])


COMMANDS = (prepare, check)
