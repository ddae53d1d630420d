"""``airlock-site check`` and ``schema``: the site's files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from airlock_core.errors import AirlockError, Faults
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.site import judging, kinds
from airlock_installer.site import site as sites
from airlock_installer.site.judging import Verdict
from airlock_installer.site.model.site import Site
from airlock_installer.site.site import Draft
from airlock_installer.steps.gather import Gathered, Missing, nobody

_SOME = 8
"""So many nodes are named one by one."""


class CheckFailed(Faults):
    """Faults of a site, and what could not be looked at beside."""

    def __init__(self, what: str, faults: Iterable[AirlockError], notes: list[str]) -> None:
        super().__init__(what, faults)
        self._notes = notes

    def lines(self) -> list[str]:
        return [*super().lines(), *self._notes]

    def to_json(self) -> dict[str, object]:
        return AirlockError.to_json(self)  # its faults stand beside it


@click.command(short_help="Check hosts, vars.yml and group_vars.")
@site_option
@click.option("--files", "files_alone", is_flag=True, help="Look at the files alone: no node is asked.")
@with_output
def check(output: Output, folder: Path | None, files_alone: bool) -> None:
    """Check hosts, vars.yml and group_vars, and hold them against the nodes: all faults at once.

    Nodes that cannot be reached are named with the reason, and with the rules that wait for them.
    """
    draft = sites.read(site_folder(folder))
    gathered = _gathered(draft, files_alone)
    verdict = judging.judge(draft, gathered.facts)
    verdict = replace(verdict, faults=tuple(map(gathered.mask.error, verdict.faults)))
    notes, data = _notes(draft.site, gathered, verdict), _data(draft.site, gathered, verdict)
    if verdict.faults:
        number = len(verdict.faults)
        what = f"{number} fault{'s' if number > 1 else ''} in the site in {draft.site.folder}"
        output.failure(CheckFailed(what, verdict.faults, notes), data)
    output.result(data, [_told(draft.site), *notes])


def _told(site: Site) -> str:
    """What the site is, so that a person sees whether it is the one that was meant."""
    hosts, control = len(site.inventory.hosts), len(site.inventory.control)
    backends = [
        f"{name} (default)" if name == site.default_backend else name for name in site.variables["storage_backends"]
    ]
    storage = ", ".join(backends) or "none"
    return f"{site.folder}: {hosts} nodes, {control} of them control nodes; storage: {storage}: no faults"


def _gathered(draft: Draft, files_alone: bool) -> Gathered:
    site = draft.site
    if files_alone:
        return nobody(site, "only the files were to be looked at", "leave out --files")
    if os.geteuid() != 0:
        return nobody(site, "only root may use the site's keys and passwords", "run it with sudo")
    if not site.inventory.hosts or draft.waiting:
        return Gathered()
    from airlock_installer.cli import ping
    from airlock_installer.masking import Mask
    from airlock_installer.steps.gather import gather
    from airlock_installer.vault import use

    try:
        reached = ping.look(site.folder, ping.passwords(site.folder))
        mask = Mask(use.secrets(layout(), site.folder))
        return gather(site, reached, use.arguments(layout(), site.folder), mask)
    except AirlockError as error:  # a vault that cannot be read keeps nobody from reading the files
        return nobody(site, f"{error.where}: {error.what}".removeprefix(": "), error.todo)


def _notes(site: Site, gathered: Gathered, verdict: Verdict) -> list[str]:
    """What was looked at, what was not and why, and which rules wait for it; for people."""
    lines = [f"{len(gathered.facts)} of {len(site.inventory.hosts)} nodes were looked at"] if gathered.facts else []
    reasons: dict[Missing, list[str]] = {}
    for node, missing in gathered.missing.items():
        reasons.setdefault(missing, []).append(node)
    for missing, nodes in reasons.items():
        lines.append(f"not looked at: {_named(site, nodes)}: {missing.why}")
        lines += [f"  do:  {missing.todo}"] if missing.todo else []
    return [*lines, *_waits(site, verdict)]


def _waits(site: Site, verdict: Verdict) -> list[str]:
    """Which rules could not be asked, by the nodes that they wait for."""
    blind = sum(not one.nodes for one in verdict.waiting)
    lines = [f"not judged until hosts can be read: {blind} rules about nodes and groups"] if blind else []
    waiting: dict[tuple[str, ...], list[str]] = {}
    for one in verdict.waiting:
        if one.nodes:
            waiting.setdefault(one.nodes, []).append(one.title)
    for nodes, titles in waiting.items():
        lines += [f"not judged for want of the facts of {_named(site, nodes)}:", *(f"  - {title}" for title in titles)]
    return lines


def _named(site: Site, nodes: Iterable[str]) -> str:
    names = list(nodes)
    if len(names) == len(site.inventory.hosts) > 1:
        return f"all {len(names)} nodes"
    more = f" and {len(names) - _SOME} more" if len(names) > _SOME else ""
    return ", ".join(names[:_SOME]) + more


def _data(site: Site, gathered: Gathered, verdict: Verdict) -> dict[str, Any]:
    return {
        "faults": [fault.to_json() for fault in verdict.faults],
        "site": str(site.folder),
        "hosts": list(site.inventory.hosts),
        "control": list(site.inventory.control),
        "storage_backends": list(site.variables.storage_backends),
        "looked_at": list(gathered.facts),
        "missing": {node: {"why": one.why, "do": one.todo} for node, one in gathered.missing.items()},
        "waiting": [{"rule": one.title, "nodes": list(one.nodes)} for one in verdict.waiting],
    }


@click.command(short_help="Print the JSON Schema of the files.")
@click.argument("kind", type=click.Choice(list(kinds.KINDS)), default=kinds.VARIABLES)
@with_output
def schema(output: Output, kind: str) -> None:
    """Print the JSON Schema of vars.yml, or of a backend's file in group_vars/all, for editors."""
    Output(as_json=True, quiet=output.quiet).result(kinds.schema(kind), [])


COMMANDS = (check, schema)
