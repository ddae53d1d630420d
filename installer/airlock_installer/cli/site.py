"""``airlock-site check`` and ``schema``: the site's files."""

from __future__ import annotations

from pathlib import Path

import click

from airlock_core.errors import AirlockError, Faults
from airlock_installer.cli.options import site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.site import kinds
from airlock_installer.site import site as sites


@click.command()
@site_option
@with_output
def check(output: Output, folder: Path | None) -> None:
    """Check inventory and variables: all faults at once."""
    draft = sites.read(site_folder(folder))
    site = draft.site
    faults: list[AirlockError] = [*draft.faults, *(_until(step, fault) for step, fault in draft.later)]
    if faults:
        raise Faults(_counted(site.folder, faults), faults)
    hosts, control = list(site.inventory.hosts), list(site.inventory.control)
    data = {"site": str(site.folder), "hosts": hosts, "control": control, "waiting": draft.waiting}
    told = f"{site.folder}: {len(hosts)} nodes, {len(control)} of them control nodes: no faults"
    output.result(data, [told])


def _until(step: str, fault: AirlockError) -> AirlockError:
    fault.why = fault.why or f"the step {step} needs it"
    return fault


def _counted(folder: Path, faults: list[AirlockError]) -> str:
    number = len(faults)
    return f"{number} fault{'s' if number > 1 else ''} in the site in {folder}"


@click.command()
@click.argument("kind", type=click.Choice(list(kinds.KINDS)), default=kinds.VARIABLES)
@with_output
def schema(output: Output, kind: str) -> None:
    """Print the JSON Schema of vars.yml, or of a backend's file in group_vars/all, for editors."""
    Output(as_json=True, quiet=output.quiet).result(kinds.schema(kind), [])


COMMANDS = (check, schema)
