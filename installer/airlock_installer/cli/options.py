"""Options that all commands share, and what they need to know of this machine."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from airlock_installer import machine
from airlock_installer.appliance import Appliance
from airlock_installer.cli import output
from airlock_installer.cli.output import Output
from airlock_installer.layout import Layout
from airlock_installer.serve import landed
from airlock_installer.serve.endpoints import Endpoints

F = TypeVar("F", bound=Callable[..., Any])


def layout() -> Layout:
    """The paths of this machine; below $AIRLOCK_ROOT where that is set (systems being installed, tests)."""
    return Layout(Path(os.environ.get("AIRLOCK_ROOT") or "/"))


def with_output(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--json``, ``-q``, ``-v``, and hand it an :class:`Output` as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    @click.option("-q", "--quiet", is_flag=True, help="Errors alone.")
    @click.option("-v", "--verbose", is_flag=True, help="The log, with exact command lines, on stderr.")
    @functools.wraps(command)
    def wrapper(*args: Any, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> Any:
        if verbose:
            output.verbose()
        return command(Output(as_json, quiet, verbose), *args, **options)

    return wrapper


def site_option(command: F) -> F:
    """Give a command ``--site DIR``."""
    return click.option(
        "--site",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="The site's folder; default: the current one, else the appliance's.",
    )(command)


def site_folder(given: Path | None) -> Path:
    """The folder of the site to work on: the given one, the current one where it holds a site, else the appliance's."""
    if given is not None:
        return given.absolute()
    here = Path.cwd()
    if (here / "hosts").is_file() or (here / "vars.yml").is_file():
        return here
    recorded = Appliance.load(layout()).site
    return Path(recorded) if recorded else here


def endpoints() -> Endpoints:
    """Where this deployer's services listen: on the management network where that was chosen, else everywhere."""
    chosen = Appliance.load(layout()).mgmt_iface
    address = machine.management(chosen, machine.interfaces()).address
    return Endpoints(address, machine.hostname(), alone=chosen is not None, vip=landed.address(layout()))


def certificate_names() -> frozenset[str]:
    """All names and addresses by which the registry may be called."""
    vip = landed.address(layout())
    return machine.names() | ({vip} if vip else set())
