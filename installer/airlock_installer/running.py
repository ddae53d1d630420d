"""What runs of steps and drills have in common: a tidy beginning, a look by the gate, an end that is written down."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from airlock_core.errors import AirlockError, GateError, raise_all
from airlock_installer import ledger, leftovers, runlogs
from airlock_installer.engine import Engine
from airlock_installer.ledger import Entry
from airlock_installer.steps.events import GateBegun, Note, StepEnded
from airlock_installer.steps.step import Evidence, Step
from airlock_installer.stopping import Stopped


def tidy(engine: Engine) -> None:
    """End what a run that was cut has left at work, and remove logs that are beyond their bounds."""
    left = sorted(engine.layout.ansible.iterdir()) if engine.layout.ansible.is_dir() else []
    count = sum(leftovers.end(folder) for folder in left)
    for folder in left:
        shutil.rmtree(folder)
    if count:
        engine.watch(Note("", f"ended {count} processes that a run which was cut had left at work"))
    entries = engine.ledger.entries()
    newest = {(entry.step, entry.kind == ledger.DRILL, entry.state == ledger.COMMITTED): entry for entry in entries}
    runlogs.rotate(engine.layout.runs, {Path(entry.folder) for entry in newest.values()}, time.time())


def verify(engine: Engine, step: Step, entry: Entry, variables: Mapping[str, Any]) -> Evidence:
    """Run a step's gate: it only looks. What was found, by node, as it was found; :func:`kept` is what is kept of it.

    Raises:
        GateError, Faults: what must be true is not; in words without secrets.
    """
    engine.watch(GateBegun(step.name))
    outcome = engine.look(step, entry, variables)
    blind = [GateError(fault.what, where=fault.where, why=fault.why, todo=fault.todo) for fault in outcome.faults]
    nodes = {fault.where for fault in blind}
    judged = step.done_by.gate.judge(engine.situation.site, outcome.facts)
    faults = [*blind, *(engine.mask.error(fault) for fault in judged if fault.where not in nodes)]
    raise_all(f"the gate of {step.name} found {len(faults)} things that must not be", faults)
    return dict(outcome.facts)


def kept(engine: Engine, found: Evidence) -> Evidence:
    """What a gate found, by node, without secrets."""
    return {node: engine.mask.data(each) for node, each in found.items()}


@contextlib.contextmanager
def concluding(engine: Engine, entry: Entry) -> Iterator[dict[str, Any]]:
    """Write down how a run ended that did not come to its end; with what the block put into the result."""
    result: dict[str, Any] = {}
    try:
        yield result
    except Stopped:
        _ended(engine, entry, ledger.INTERRUPTED, result)
        raise
    except AirlockError as error:
        _ended(engine, entry, ledger.FAILED, {**result, "error": engine.mask.error(error).to_json()})
        raise
    except Exception as error:
        what = engine.mask.text(f"a defect of airlock-site: {type(error).__name__}: {error}")
        _ended(engine, entry, ledger.FAILED, {**result, "error": {"what": what}})
        raise


def _ended(engine: Engine, entry: Entry, state: str, result: Mapping[str, Any]) -> None:
    engine.ledger.move(entry.id, state, result)
    log = f"its log: airlock-site logs {entry.step} --run {entry.id}"
    engine.watch(StepEnded(entry.step, state, time.time() - entry.began, log))
