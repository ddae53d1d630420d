"""``airlock-site prepare``: the deployer and the site's folder, ready for the steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from airlock_core.errors import AirlockError
from airlock_installer import machine
from airlock_installer.appliance import Appliance
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.prepare import names, preparing
from airlock_installer.prepare.preparing import Made
from airlock_installer.site import inventory, samples

_ONE_NODE = """\
note: hosts and vars.yml are of this one node, as the first boot wrote them; for a site of several, in {site}:
      cp hosts.sample hosts; cp vars.yml.sample vars.yml"""
_NEXT = "next: edit hosts, vars.yml and group_vars/all in {site}; then airlock-site check, vault, ping"


@click.command(short_help="Make samples and all that steps need.")
@site_option
@click.option("--mgmt-iface", metavar="NAME", help="Interface on the management network, where the nodes are served.")
@click.option(
    "--online/--offline",
    default=None,
    help="Install the site from networks, or from the medium (as long as nothing is said); remembered.",
)
@click.option("--anew", is_flag=True, help="Make what comes from the medium again, also what is there.")
@with_output
def prepare(output: Output, folder: Path | None, mgmt_iface: str | None, online: bool | None, anew: bool) -> None:
    """Copy the samples, and make collections, playbook projects and their Python environments from the medium.

    What is there is kept; a run that was cut goes on with the next. With --online nothing is made from a medium, and
    the steps are those of a site with networks: `install` says which of them this release does not have.
    """
    machine.require_root("preparing this machine")
    site = site_folder(folder)
    chosen = _choose(mgmt_iface, site, online)
    new = _samples(site)
    named = _names(site)
    for path in (*chosen, *new, *named):  # told at once: what follows may fail for want of a medium
        output.line(f"new     {path}")
    is_online = Appliance.load(layout()).online
    made = () if is_online else preparing.prepare(layout(), lambda line: output.line(f"making  {line}"), anew=anew)
    changed = bool(chosen or new or named) or any(one.new for one in made)
    data = {
        "site": str(site),
        "new": [str(path) for path in new],
        "made": [{"what": one.what, "path": str(one.path), "new": one.new} for one in made],
        "changed": changed,
        "online": is_online,
    }
    output.result(data, _told(site, made, changed))


def _choose(mgmt_iface: str | None, site: Path, online: bool | None) -> tuple[Path, ...]:
    """Have the interface, the site's folder and the way of installing in the appliance's settings."""
    before = Appliance.load(layout())
    after = before
    if mgmt_iface is not None:
        machine.management(mgmt_iface, machine.interfaces())
        after = replace(after, mgmt_iface=mgmt_iface, site=str(site))
    if online is not None:
        after = replace(after, online=online)
    if after != before:
        after.save(layout())
    return () if after == before else (layout().appliance_json,)


def _samples(site: Path) -> tuple[Path, ...]:
    site.mkdir(parents=True, exist_ok=True)
    owner = site.stat()
    return samples.write(site, owner.st_uid, owner.st_gid)


def _names(site: Path) -> tuple[Path, ...]:
    """Have the nodes' names in /etc/hosts, unless ``hosts`` is a sample still, or has faults, which `check` tells."""
    hosts = site / "hosts"
    if any(hosts.read_bytes() == sample.read_bytes() for sample in site.glob("hosts*.sample")):
        return ()
    try:
        nodes = inventory.load(hosts)
    except AirlockError:
        return ()
    return (layout().names,) if names.write(layout().names, nodes) else ()


def _told(site: Path, made: tuple[Made, ...], changed: bool) -> list[str]:
    note = _ONE_NODE.format(site=site).splitlines() if samples.is_one_node(site) else []
    if not changed:
        kept = "".join(f"; {one.what}" for one in made)
        return [f"nothing new: {site} and this machine are prepared{kept}", *note]
    return [*(f"{_word(one)} {one.what}: {one.path}" for one in made), *note, _NEXT.format(site=site)]


def _word(one: Made) -> str:
    return "new    " if one.new else "kept   "


COMMANDS = (prepare,)
