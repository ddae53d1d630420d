"""What a report says, as data."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airlock_core.errors import UsageError
from airlock_core.version import VERSION
from airlock_installer.engine import Engine
from airlock_installer.ledger import COMMITTED, DRILL, LOOKED, Entry
from airlock_installer.steps import past
from airlock_installer.steps.step import Evidence, Step

FORMAT = "airlock/report/v1"


def facts(engine: Engine, *, deployer: str, medium: Mapping[str, Any], now: float) -> dict[str, Any]:
    """All that a report says; without secrets.

    Args:
        deployer: this machine's name.
        medium: what is known of what is mounted.
        now: seconds since 1970.
    """
    entries = engine.ledger.entries()
    site = engine.situation.site
    found = {
        "format": FORMAT,
        "made": _time(now),
        "by": engine.by,
        "deployer": deployer,
        "airlock": VERSION,
        "release": dict(engine.release),
        "medium": dict(medium),
        "site": {
            "folder": str(site.folder),
            "files": {name: str(digest) for name, digest in site.inputs().items()},
            "nodes": _nodes(engine),
        },
        "steps": [_step(engine, step, entries) for step in engine.catalog.needed(engine.situation)],
        "drills": [_drill(engine, entry) for entry in entries if entry.kind == DRILL],
        "runs": [_run(entry) for entry in entries],
    }
    masked: dict[str, Any] = engine.mask.values(found)
    return masked


def _nodes(engine: Engine) -> list[dict[str, Any]]:
    inventory = engine.situation.site.inventory
    hidden = ("all", "ungrouped")
    return [
        {
            "name": node,
            "address": inventory.address(node),
            "groups": [name for name, members in inventory.groups.items() if node in members and name not in hidden],
        }
        for node in inventory.hosts
    ]


def _step(engine: Engine, step: Step, entries: Sequence[Entry]) -> dict[str, Any]:
    """A step and its last full run; of its gate what was found last."""
    last = next((entry for entry in reversed(entries) if entry.step == step.name and entry.kind == "full"), None)
    told: dict[str, Any] = {"name": step.name, "title": step.title, "state": "to do", "run": None, "gate": None}
    if last is None:
        return told
    gate = None
    if last.state == COMMITTED:
        looked = last.at(LOOKED) or last.at(COMMITTED) or last.changed
        gate = _gate(engine, step.name, looked, last.result.get("gate", {}))
    changed = past.touched(last, engine.digests(step))
    return {**told, "state": _state(last), "run": _run(last), "gate": gate, "changed_inputs": changed}


def _drill(engine: Engine, entry: Entry) -> dict[str, Any]:
    """A drill: by whom, when, what came of it, the seconds to recovery among it, and what the gate found after it."""
    gate = entry.result.get("gate")
    return {
        **_run(entry),
        "state": past.drilled(entry),
        "came": past.came(entry),
        "found": entry.result.get("drill"),
        "gate": _gate(engine, entry.step, entry.changed, gate) if gate else None,
    }


def _gate(engine: Engine, step: str, passed: float, found: Evidence) -> dict[str, Any]:
    """What a gate found when it passed last, as it was found and in words."""
    return {"passed": _time(passed), "found": found, "told": _words(engine, step, found)}


def _words(engine: Engine, step: str, found: Evidence) -> Evidence:
    """What a gate found, for people; as it was found where an earlier release's gate found it otherwise."""
    try:
        gate = engine.catalog.step(step).done_by.gate
        return {node: gate.told(each) for node, each in found.items()}
    except (UsageError, KeyError, TypeError, ValueError):
        return found


def _run(entry: Entry) -> dict[str, Any]:
    """One run, without what its gate found."""
    error = entry.result.get("error")
    return {
        "id": entry.id,
        "step": entry.step,
        "kind": entry.kind,
        "state": _state(entry),
        "by": entry.by,
        "began": _time(entry.began),
        "seconds": round(entry.seconds, 1),
        "continues": entry.continues,
        "arguments": list(entry.arguments),
        "release": entry.release.get("digest"),
        "inputs": dict(entry.inputs),
        "counts": _sum(entry.result.get("counts", {}).values()),
        "error": error,
    }


def _state(entry: Entry) -> str:
    return "cut" if entry.is_open else entry.state


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Ansible's counts over all nodes."""
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total


def _time(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
