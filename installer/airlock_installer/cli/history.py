"""``airlock-site status`` and ``logs``: what was done here, and what is being done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from airlock_core.errors import AirlockError, InputError, UsageError
from airlock_installer import holder, runlogs
from airlock_installer.appliance import Appliance
from airlock_installer.cli import media, serve
from airlock_installer.cli.frame import clock
from airlock_installer.cli.options import layout, site_option, with_output
from airlock_installer.cli.output import Output, mark, table
from airlock_installer.cli.steps import engine, situation_of
from airlock_installer.engine import Engine
from airlock_installer.ledger import APPLIED, COMMITTED, INTENT, Entry, Ledger
from airlock_installer.steps import past
from airlock_installer.steps.catalog import CATALOG, Catalog
from airlock_installer.steps.step import Step, nodes

_TODO = "to do"


def commands(catalog: Catalog) -> tuple[click.Command, ...]:
    """The commands that tell of the steps of a catalog."""

    @click.command(short_help="Say what runs and what is done.")
    @site_option
    @with_output
    def status(output: Output, folder: Path | None) -> None:
        """Say what is mounted, what runs, which steps are done, and what changed since."""
        medium, services = media.describe(), serve.describe()
        running = holder.present(layout().lock)
        steps, fault = _steps(catalog, folder)
        drills = Ledger(layout().ledger).drills()
        online = Appliance.load(layout()).online
        data = {
            "medium": medium,
            "services": services,
            "online": online,
            "running": asdict(running) if running else None,
            "steps": steps,
            "drills": {name: asdict(entry) for name, entry in drills.items()},
            "site": fault.to_json() if fault else None,
        }
        ours = [*_site_rows(running, fault, online), *_step_rows(steps, running), *_drill_rows(drills, running)]
        output.result(data, table([*media.rows(medium), *serve.rows(services), *ours]))

    @click.command(short_help="Print what a step did.")
    @click.argument("step")
    @click.option("--node", metavar="NODE", help="What came of the tasks on one node.")
    @click.option("--run", "number", type=int, metavar="N", help="Of this run; `status` and `report` have its number.")
    @click.option("--follow", is_flag=True, help="Go on until the run is over.")
    @with_output
    def logs(output: Output, step: str, node: str | None, number: int | None, follow: bool) -> None:
        """Print the log of a step's last run or drill, or of another, or of one that is at work."""
        if follow and output.as_json:
            raise UsageError("--follow prints lines as they come", todo="leave out --json")
        entry = _entry(step, number)
        folder = Path(entry.folder)
        if follow:
            for line in runlogs.follow(lambda: runlogs.files(folder, node), lambda: _is_over(entry)):
                output.line(line)
            return
        paths = _there(entry, folder, node)
        lines = (line for path in paths for line in [f"# {path}", *path.read_text("utf-8").splitlines()])
        data = {"step": step, "run": entry.id, "folder": str(folder), "log": ""}
        if output.as_json:
            data["log"] = "\n".join(lines)
        output.result(data, lines)

    return status, logs


def _steps(catalog: Catalog, folder: Path | None) -> tuple[dict[str, dict[str, Any]], AirlockError | None]:
    """What is known of each step that is needed, and of others that were run; the faults of the site, if any."""
    last = Ledger(layout().ledger).last()
    try:
        ours = engine(catalog, situation_of(folder))
    except AirlockError as fault:
        return {name: _told(entry, []) for name, entry in last.items()}, fault
    entries = ours.ledger.entries()
    found = {step.name: _known(ours, step, last.get(step.name), entries) for step in catalog.needed(ours.situation)}
    return {**found, **{name: _told(entry, []) for name, entry in last.items() if name not in found}}, None


def _known(engine: Engine, step: Step, last: Entry | None, entries: list[Entry]) -> dict[str, Any]:
    told = _told(last, past.touched(last, engine.digests(step)))
    is_committed = last is not None and last.state == COMMITTED
    return {
        **told,
        "lacking": past.told(past.lacking(engine.ledger.runs(step.name))) if is_committed else "",
        "title": step.title,
        "breaks": step.breaks,
        "available": step.is_there(engine.situation),
        "typical_seconds": round(past.typical(step, entries), 1),
    }


def _told(entry: Entry | None, changed: list[str]) -> dict[str, Any]:
    if entry is None:
        return {"state": _TODO, "run": None, "changed_inputs": []}
    return {"state": entry.state, "run": asdict(entry), "changed_inputs": changed}


def _site_rows(running: holder.Holder | None, fault: AirlockError | None, online: bool) -> Iterator[list[str]]:
    if running:
        yield ["run", running.command, mark("at work", good=True), running.who]
    if online:
        yield [
            "site",
            "prepared for an installation from networks",
            "online",
            "`airlock-site prepare --offline`: from the medium",
        ]
    if fault:
        yield ["site", fault.lines()[0], mark("faults", good=False), "`airlock-site check` tells all"]


def _step_rows(steps: dict[str, dict[str, Any]], running: holder.Holder | None) -> Iterator[list[str]]:
    for name, told in steps.items():
        at_work = running is not None and running.step == name and running.command != _drill(name)
        run = told["run"] or {}
        who = f"run {run['id']}, {past.when(run['changed'])} by {run['by']}" if run else told.get("title", "")
        good = told["state"] == COMMITTED and not told["changed_inputs"] and not told.get("lacking")
        state = "at work" if at_work else told["state"]
        remark = _far(told, run) if at_work else _remark(told, run)
        yield [f"step {name}", who, state if state == _TODO else mark(state, good=good or at_work), remark]


def _far(told: dict[str, Any], run: dict[str, Any]) -> str:
    """How far a step is that is at work."""
    if run and run["state"] in (INTENT, APPLIED):
        elapsed = f"for {clock(time.time() - run['began'])}"
        return f"{elapsed} of about {clock(told['typical_seconds'])}" if "typical_seconds" in told else elapsed
    return "its gate looks"


def _drill_rows(drills: dict[str, Entry], running: holder.Holder | None) -> Iterator[list[str]]:
    for name, entry in drills.items():
        at_work = running is not None and running.command == _drill(name)
        who = f"run {entry.id}, {past.when(entry.changed)} by {entry.by}"
        state = "at work" if at_work else past.drilled(entry)
        good = at_work or entry.state == COMMITTED
        yield [_drill(name), who, mark(state, good=good), "" if at_work else past.came(entry)]


def _drill(name: str) -> str:
    return f"drill {name}"


def _remark(told: dict[str, Any], run: dict[str, Any]) -> str:
    """What there is to know of a step beside its state."""
    if told["changed_inputs"]:
        return f"changed since: {', '.join(told['changed_inputs'])}"
    if told.get("lacking"):
        return str(told["lacking"])
    if told["state"] == COMMITTED:
        return f"gate passed on {nodes(run['result'].get('gate', {}))}"
    if told["state"] == _TODO:
        return f"about {clock(told['typical_seconds'])}" if told["available"] else "not in this release"
    error = run["result"].get("error") or {}
    return str(error.get("what", "")) or "cut: `airlock-site install` goes on with it"


def _entry(step: str, number: int | None) -> Entry:
    runs = [entry for entry in Ledger(layout().ledger).entries() if entry.step == step]
    if not runs:
        raise InputError(f"the step {step} was never run here", todo="`airlock-site status` shows what was")
    found = [entry for entry in runs if number in (None, entry.id)]
    if not found:
        numbers = ", ".join(str(entry.id) for entry in runs[-10:])
        raise InputError(f"there is no run {number} of {step}", todo=f"the last ones: {numbers}")
    return found[-1]


def _there(entry: Entry, folder: Path, node: str | None) -> list[Path]:
    paths = runlogs.files(folder, node)
    if paths:
        return paths
    nodes = runlogs.nodes(folder)
    if nodes:
        raise InputError(f"run {entry.id} has no log of {node}", where=str(folder), todo=f"of: {', '.join(nodes)}")
    why = f"of each step {runlogs.KEPT_RUNS} runs are kept, for {runlogs.KEPT_DAYS} days"
    raise InputError(f"run {entry.id} has no log any more", where=str(folder), why=why)


def _is_over(entry: Entry) -> bool:
    """Whether nobody writes the log any more."""
    running = holder.present(layout().lock)
    return running is None or running.step != entry.step


COMMANDS = commands(CATALOG)
