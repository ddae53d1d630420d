"""``airlock-site report``: what was installed, by whom, when, from what, and what the gates found."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import click

from airlock_core import atomic
from airlock_core.strict_yaml import dump_json
from airlock_installer import machine
from airlock_installer.cli import media
from airlock_installer.cli.options import site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.cli.steps import engine, situation_of, vault
from airlock_installer.engine import Secrets
from airlock_installer.report.facts import facts
from airlock_installer.report.page import page
from airlock_installer.steps.catalog import CATALOG, Catalog

_NAME = "airlock-report"


def commands(catalog: Catalog, vault: Callable[[Path], Secrets]) -> tuple[click.Command, ...]:
    """The commands that report on the steps of a catalog."""

    @click.command(short_help="Write what was installed, to hand over.")
    @site_option
    @click.option(
        "-o",
        "--output",
        "target",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help=f"Folder for {_NAME}.html and {_NAME}.json; default: the current one.",
    )
    @with_output
    def report(output: Output, folder: Path | None, target: Path) -> None:
        """Write what was installed, by whom, when, from what, and what the gates found: as HTML and as JSON.

        With --json the facts are printed, and nothing is written.
        """
        situation = situation_of(folder)
        ours = engine(catalog, situation, secrets=vault(situation.site.folder))
        found = facts(ours, deployer=machine.hostname(), medium=media.describe(), now=time.time())
        if output.as_json:
            output.result(found, [])
            return
        target.mkdir(parents=True, exist_ok=True)
        written = [_write(target / f"{_NAME}.html", page(found)), _write(target / f"{_NAME}.json", dump_json(found))]
        output.result({}, [f"new: {path.absolute()}" for path in written])

    return (report,)


def _write(path: Path, text: str) -> Path:
    """Write a file that belongs to whom its folder does: people take it away without root."""
    atomic.write(path, text)
    owner = path.absolute().parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    return path


COMMANDS = commands(CATALOG, vault)
