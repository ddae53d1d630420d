"""``airlock-site run``, ``install``, ``status``, ``logs``: the steps."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from pathlib import Path

import click

from airlock_core.errors import InputError, UsageError
from airlock_installer import machine, sequence
from airlock_installer.cli import media, serve
from airlock_installer.cli.options import endpoints, layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output, mark, table
from airlock_installer.ledger import Entry, Ledger
from airlock_installer.site import site as sites
from airlock_installer.steps import catalog


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("step")
@site_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ANSIBLE-ARGS]")
@with_output
def run(output: Output, step: str, folder: Path | None, arguments: tuple[str, ...]) -> None:
    """Run one step, then its gate."""
    chosen = catalog.step(step)
    machine.require_root("running a step")
    site = sites.load(site_folder(folder))
    outcome = sequence.run_step(layout(), site, chosen, endpoints(), arguments, output.line)
    output.result({"step": step, "state": "committed", "counts": outcome.counts}, [f"step {step}: done"])


@click.command()
@site_option
@click.option("--until", metavar="STEP", help="The last step to run.")
@click.option("--from", "start", metavar="STEP", help="The first step to run.")
@with_output
def install(output: Output, folder: Path | None, until: str | None, start: str | None) -> None:
    """Run all the steps that this site needs, in order, each followed by its gate."""
    site = sites.load(site_folder(folder))
    steps = catalog.plan(site, until)
    names = [step.name for step in steps]
    if start is not None and start not in names:
        raise UsageError(f"{start} is not among the steps to run", todo=f"these are: {', '.join(names)}")
    machine.require_root("installing")
    chosen = steps[names.index(start) :] if start else steps
    sequence.install(layout(), site, chosen, endpoints(), output.line)
    done = [step.name for step in chosen]
    output.result({"steps": done, "state": "committed"}, [f"done: {', '.join(done)}"])


@click.command()
@site_option
@with_output
def status(output: Output, folder: Path | None) -> None:
    """Say what is mounted, what runs, and which steps are done."""
    medium, services = media.describe(), serve.describe()
    entries = Ledger(layout().ledger).last()
    data = {"medium": medium, "services": services, "steps": {name: asdict(entry) for name, entry in entries.items()}}
    output.result(data, table([*media.rows(medium), *serve.rows(services), *_rows(entries)]))


@click.command()
@click.argument("step")
@with_output
def logs(output: Output, step: str) -> None:
    """Print the log of a step's last run."""
    entry = Ledger(layout().ledger).last().get(step)
    if entry is None:
        raise InputError(f"the step {step} was never run here", todo="`airlock-site status` shows what was")
    folder = Path(entry.folder)
    path = folder / "ansible.log"
    text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    output.result({"step": step, "folder": str(folder), "log": text}, [f"# {path}", *text.splitlines()])


def _rows(entries: dict[str, Entry]) -> list[list[str]]:
    return [
        [
            f"step {name}",
            f"{datetime.datetime.fromtimestamp(entry.changed, datetime.UTC):%Y-%m-%d %H:%M} UTC by {entry.by}",
            mark(entry.state, good=entry.state == "committed"),
            f"gate passed on {len(entry.result['gate'])} nodes" if entry.state == "committed" else _error(entry),
        ]
        for name, entry in entries.items()
    ]


def _error(entry: Entry) -> str:
    error = entry.result.get("error") or {}
    return str(error.get("what", "")) if isinstance(error, dict) else ""


COMMANDS = (run, install, status, logs)
