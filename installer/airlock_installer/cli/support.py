"""``airlock-site support-bundle``: logs, ledger, facts and findings in one file, without secrets."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from airlock_core.errors import AirlockError, UsageError
from airlock_core.sizes import human
from airlock_core.version import VERSION
from airlock_installer.cli import doctor
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output, table
from airlock_installer.doctor.examine import Examination, examine
from airlock_installer.ledger import Ledger
from airlock_installer.machine import hostname, require_root
from airlock_installer.support import bundle, entries
from airlock_installer.support.entries import Entry, given
from airlock_installer.support.redaction import Redaction
from airlock_installer.support.written import written
from airlock_installer.vault import use


@click.command("support-bundle", short_help="Pack what others need to help.")
@click.option("-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@click.option("--list", "listing", is_flag=True, help="Only say what would be in it.")
@click.option("--quick", is_flag=True, help="Leave the registry's blobs and landing's copies unread.")
@site_option
@with_output
def support_bundle(
    output: Output, target: Path | None, yes: bool, listing: bool, quick: bool, folder: Path | None
) -> None:
    """Put what helps others to understand this deployer into one file.

    Secrets are taken out, its list is shown first, and nothing is written until you agree.
    """
    require_root("reading logs and settings")
    site, now = site_folder(folder), int(time.time())
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    path = (target or Path(f"airlock-support-{hostname()}-{stamp}.tar.gz")).absolute()
    if path.exists():
        raise UsageError(f"{path} is there already", todo="name another with -o")
    secrets, unknown = _secrets(site)
    found = list(_contents(site, examine(doctor.ground(site, quick=quick), output.step)))
    _show(output, site, found, unknown)
    if listing or not _agreed(yes, path, found):
        output.result({"files": [one.name for one in found], "written": None}, ["nothing was written"])
        return
    size = bundle.write(path, found, Redaction(secrets), now)
    data = {"files": [one.name for one in found], "written": str(path), "bytes": size}
    output.result(data, [f"{path}: {len(found)} files, {human(size)}. Look into it before you send it."])


def _contents(site: Path, examination: Examination) -> Iterator[Entry]:
    yield given("airlock-site.txt", f"airlock-site {VERSION}\nPython {sys.version}\n")
    yield given("doctor.txt", "\n".join([*map(click.unstyle, doctor.told(examination)), ""]))
    findings = [one.to_json() for one in examination.findings]
    yield given("doctor.json", _json({"findings": findings, "facts": examination.facts}))
    yield given("ledger.json", _json([asdict(entry) for entry in Ledger(layout().ledger).entries()]))
    yield from entries.collect(layout(), site)


def _json(data: object) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def _secrets(site: Path) -> tuple[tuple[str, ...], str]:
    """What must not be in it; and why some of that is not known."""
    texts = [path.read_text("utf-8") for path in entries.keys(layout()) if path.is_file()]
    if layout().htpasswd.is_file():
        texts += [line.partition(":")[2] for line in layout().htpasswd.read_text("utf-8").splitlines()]
    texts += written(site)
    try:
        return (*texts, *use.secrets(layout(), site)), ""
    except AirlockError as fault:
        return tuple(texts), fault.what


def _show(output: Output, site: Path, found: list[Entry], unknown: str) -> None:
    if output.quiet:
        return
    rows = [[human(one.size), one.name] for one in found]
    left = [["left out", str(path)] for path in entries.left_out(layout(), site)]
    for line in table([*rows, *left]):
        click.echo(line, err=True)
    if unknown:
        click.echo(f"the vault {unknown}: its passwords are taken out only where they look like some", err=True)


def _agreed(yes: bool, path: Path, found: list[Entry]) -> bool:
    if yes:
        return True
    if not os.isatty(0):
        raise UsageError("whether to write it is asked for on a terminal", todo="look at the list, then give --yes")
    size = human(sum(one.size for one in found))
    return click.confirm(f"Write these {len(found)} files ({size} before packing) to {path}?", err=True)


COMMANDS = (support_bundle,)
