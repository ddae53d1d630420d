"""What a step's last run says of the next: done, cut, failed, or touched by what changed since."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from airlock_installer.ledger import APPLIED, COMMITTED, FULL, INTENT, VERIFIED, Entry
from airlock_installer.steps import inputs
from airlock_installer.steps.step import Step

_WHERE = {INTENT: "while it was applied", APPLIED: "before its gate had passed", VERIFIED: "after its gate had passed"}


def is_done(last: Entry | None, now: Mapping[str, str]) -> bool:
    """Whether a step is committed with the same inputs."""
    return last is not None and last.state == COMMITTED and not inputs.changes(last.inputs, now)


def is_unfinished(last: Entry | None) -> bool:
    """Whether the last run may have changed nodes and not come to its handlers."""
    return last is not None and last.state != COMMITTED and last.at(APPLIED) is None


def touched(last: Entry | None, now: Mapping[str, str]) -> list[str]:
    """What changed since a step was committed; nothing where it never was."""
    return inputs.changes(last.inputs, now) if last and last.state == COMMITTED else []


def told(last: Entry | None) -> str:
    """What there is to say of a last run that was not the end of it; empty where there is nothing."""
    if last is None or last.state == COMMITTED:
        return ""
    run = f"run {last.id} of {when(last.changed)} by {last.by}"
    if last.is_open:
        return f"{run} was cut {_WHERE[last.state]}: gone on with"
    return f"{run} {'was interrupted' if last.state == 'interrupted' else last.state}: run again"


def typical(step: Step, entries: Iterable[Entry]) -> float:
    """Seconds that a step usually takes: those of its last whole run here, else what is known of others."""
    done = [entry for entry in entries if entry.step == step.name and entry.kind == FULL and entry.state == COMMITTED]
    return done[-1].seconds if done else step.minutes * 60


def drilled(entry: Entry) -> str:
    """How a drill ended, in a word."""
    return "cut" if entry.is_open else "passed" if entry.state == COMMITTED else entry.state


def came(entry: Entry) -> str:
    """What came of a drill, in a sentence; first of all what it left broken."""
    if broken := entry.result.get("harm"):
        return f"left {broken['what']} broken: the next `airlock-site install`, `run` or `drill` brings it back"
    error = entry.result.get("error") or {}
    return str(error.get("what") or entry.result.get("drill", {}).get("text", ""))


def when(at: float) -> str:
    """A time, for people."""
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M} UTC"
