"""What a step's runs say of the next: done, cut, failed, or touched by what changed since."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence

from airlock_installer.ledger import APPLIED, COMMITTED, FAILED, FULL, INTENT, PARTIAL, VERIFIED, Entry
from airlock_installer.steps import inputs
from airlock_installer.steps.step import Step

_DONE = (APPLIED, VERIFIED)
_WHERE = {INTENT: "while it was applied", APPLIED: "before its gate had passed", VERIFIED: "after its gate had passed"}


def is_done(runs: Sequence[Entry], now: Mapping[str, str]) -> bool:
    """Whether a step is committed with the same inputs, and nothing that was run since left anything to do."""
    last = whole(runs)
    return last is not None and lacking(runs) is None and not inputs.changes(last.inputs, now)


def lacks_its_gate(runs: Sequence[Entry], now: Mapping[str, str]) -> bool:
    """Whether the last run was of the whole step with the same inputs, and was cut when its work was done."""
    last = runs[-1] if runs else None
    return last is not None and last.kind == FULL and last.state in _DONE and not inputs.changes(last.inputs, now)


def whole(runs: Sequence[Entry]) -> Entry | None:
    """The last run of the whole step."""
    return next((run for run in reversed(runs) if run.kind == FULL), None)


def has_passed(runs: Sequence[Entry]) -> bool:
    """Whether the whole step is committed, and its gate passed after whatever was run since.

    A gate looks at every node, also after a run of a part of its step.
    """
    last = whole(runs)
    return last is not None and last.state == COMMITTED and _passed(runs[-1])


def unfinished(runs: Sequence[Entry]) -> Entry | None:
    """The last run that may have left nodes without their handlers, where no whole run has made up for it since.

    One that was cut or failed in its play may not have come to them. Where a gate failed, the files may be as they must
    be and a service not know it: only by its handlers can a further run mend that. A part of a step makes up for
    nothing, since the nodes may be others.
    """
    owing = None
    for run in runs:
        if _owes(run):
            owing = run
        elif run.kind == FULL:
            owing = None
    return owing


def _owes(run: Entry) -> bool:
    return run.state == FAILED or (run.state != COMMITTED and run.at(APPLIED) is None)


def lacking(runs: Sequence[Entry]) -> Entry | None:
    """The run for whose sake the step must be looked at or run again; None where there is none, or never was one."""
    without_gate = None if has_passed(runs) else next((run for run in reversed(runs) if not _passed(run)), None)
    return unfinished(runs) or without_gate


def _passed(run: Entry) -> bool:
    """Whether the gate passed after it; less than a whole step is never committed."""
    return run.state == COMMITTED or (run.kind == PARTIAL and run.state == VERIFIED)


def touched(last: Entry | None, now: Mapping[str, str]) -> list[str]:
    """What changed since a step was committed; nothing where it never was."""
    return inputs.changes(last.inputs, now) if last and last.state == COMMITTED else []


def told(last: Entry | None) -> str:
    """What there is to say of a run that was not the end of it; empty where there is nothing."""
    if last is None or last.state == COMMITTED:
        return ""
    run = f"run {last.id} of {when(last.changed)} by {last.by}"
    if last.kind == PARTIAL:
        run += f" with {' '.join(last.arguments)}"
        if last.is_open:
            return f"{run} was cut {_WHERE[last.state]}: run again"
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
