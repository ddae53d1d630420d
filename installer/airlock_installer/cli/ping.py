"""``airlock-site ping``: whether the steps can work on every node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from airlock_core.errors import all_in_one
from airlock_installer import machine
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output, mark, table
from airlock_installer.reach import ping as pinging
from airlock_installer.reach.login import logins
from airlock_installer.reach.nodes import Passwords, Reached, ask
from airlock_installer.site import inventory
from airlock_installer.steps.person import person
from airlock_installer.vault import use
from airlock_installer.vault.secret import SSH, SUDO, Secret

_SUDO = {"root": "is root", "free": "sudo", "password": "sudo by password"}


@click.command(short_help="See whether steps can work on the nodes.")
@site_option
@with_output
def ping(output: Output, folder: Path | None) -> None:
    """Reach every node as the steps will, and look whether they can work there; nothing is changed."""
    machine.require_root("logging in as the steps do")
    site = site_folder(folder)
    reached = look(site, passwords(site))
    data = {"nodes": [_data(one) for one in reached]}
    lines = [*table([_row(one) for one in reached]), *pinging.warnings(reached)]
    faults = pinging.faults(reached)
    number = len({fault.where for fault in faults})
    if fault := all_in_one(f"{number} of {len(reached)} nodes are not ready for the steps", faults):
        output.failure(fault, data, lines)
    output.result(data, lines)


def look(site: Path, shown: Passwords) -> tuple[Reached, ...]:
    """Ask all nodes of the site in a folder."""
    who = person(site)
    return ask(logins(inventory.load(site / "hosts"), who.name, who.key), shown)


def passwords(site: Path) -> Passwords:
    """What the site's vault has for the nodes.

    Raises:
        InputError, MachineError: it cannot be read.
    """
    kept = use.of(layout(), site).read()
    return Passwords(*(kept.get(Secret(name, "").variable) for name in (SSH, SUDO)))


def _row(one: Reached) -> list[str]:
    address = "here" if one.login.is_local else one.login.address
    if one.answer is None:
        return [one.login.node, address, mark("UNREACHABLE", good=False), one.reason.why if one.reason else ""]
    good = not pinging.faults([one])
    python = one.answer.python.rpartition(" ")[2]
    found = (
        f"as {one.answer.user} ({one.by or 'a key'})",
        _SUDO.get(one.answer.sudo, "no sudo"),
        f"Python {python}" if python else "no Python",
        f"clock {one.offset:+.1f} s" if one.offset else "clock as ours",
    )
    return [one.login.node, address, mark("SUCCESS" if good else "FAILED", good=good), ", ".join(found)]


def _data(one: Reached) -> dict[str, Any]:
    answer = one.answer
    return {
        "node": one.login.node,
        "address": one.login.address,
        "reached": answer is not None,
        "why": one.reason.why if one.reason else "",
        "do": one.reason.todo if one.reason else "",
        "by": one.by,
        "user": answer.user if answer else "",
        "sudo": answer.sudo if answer else "",
        "python": answer.python if answer else "",
        "clock_offset": round(one.offset, 3),
    }


COMMANDS = (ping,)
