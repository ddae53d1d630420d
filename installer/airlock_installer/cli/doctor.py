"""``airlock-site doctor``: what is wrong, the worst first, and what to do."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import click

from airlock_core.errors import AirlockError, ExitCode
from airlock_installer.cli import ping
from airlock_installer.cli.options import certificate_names, endpoints, layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output, mark
from airlock_installer.doctor.examine import Examination, examine
from airlock_installer.doctor.finding import Finding, Severity
from airlock_installer.doctor.ground import Ground
from airlock_installer.machine import require_root
from airlock_installer.masking import Mask
from airlock_installer.reach.nodes import Passwords, Reached
from airlock_installer.serve.services import Systemd
from airlock_installer.steps import gather
from airlock_installer.steps.gather import Looking
from airlock_installer.steps.playbook import Outcome
from airlock_installer.vault import use

_INDENT = " " * 9


@click.command(short_help="Say what is wrong, and what to do.")
@click.option(
    "--quick",
    is_flag=True,
    help="Leave the registry's blobs and landing's copies unread: their sizes alone are looked at.",
)
@site_option
@with_output
def doctor(output: Output, quick: bool, folder: Path | None) -> None:
    """Look at medium, services, registry, copies, certificates, clocks, disks, nodes, steps; nothing is changed.

    Exit 9 when something is wrong that is more than a warning.
    """
    require_root("looking at everything")
    found = examine(ground(site_folder(folder), quick=quick), output.step)
    data = {"findings": [one.to_json() for one in found.findings], "looked_at": list(found.facts)}
    output.result(data, told(found))
    if found.count(Severity.ERROR):
        raise click.exceptions.Exit(ExitCode.GATE)


def ground(site: Path, *, quick: bool = False) -> Ground:
    """This deployer, as it is."""

    def asked() -> tuple[Reached, ...]:
        return ping.look(site, _passwords(site))

    def looked(looking: Looking) -> Outcome:
        mask = Mask(use.secrets(layout(), site))
        return gather.look(looking, use.arguments(layout(), site), mask)

    return Ground(layout(), endpoints(), certificate_names(), Systemd(), site, time.time(), asked, looked, quick)


def _passwords(site: Path) -> Passwords:
    """Those of the vault; none where it cannot be read, which its own look tells."""
    try:
        return ping.passwords(site)
    except AirlockError:
        return Passwords()


def told(found: Examination) -> list[str]:
    """Findings for people: the remedy of several in a row once, below the last of them."""
    pairs = itertools.zip_longest(found.findings, found.findings[1:])
    lines = [line for one, following in pairs for line in _lines(one, following)]
    counts = [(found.count(severity), severity.name.lower()) for severity in Severity]
    summary = ", ".join(f"{count} {name}{'s' if count != 1 else ''}" for count, name in counts)
    return [*lines, f"looked at {', '.join(found.facts)}: {summary if found.findings else 'all is well'}"]


def _lines(one: Finding, following: Finding | None) -> Iterator[str]:
    severity = mark(one.severity.name.ljust(7), good=one.severity is Severity.NOTE)
    yield f"{severity}  {one.area}: {f'{one.where}: ' if one.where else ''}{one.what}"
    if one.why:
        yield from (f"{_INDENT}why: {line}" for line in one.why.splitlines())
    if one.todo and (following is None or following.todo != one.todo):
        yield f"{_INDENT}do:  {one.todo}"


COMMANDS = (doctor,)
