"""The way of a step: intent → apply → verify → commit, with one run at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from airlock_core.errors import AirlockError, ExitCode, Faults, GateError, raise_all
from airlock_installer import harm, holder, ledger, running
from airlock_installer.engine import Engine, Order
from airlock_installer.ledger import Begun, Entry
from airlock_installer.steps import arguments, past
from airlock_installer.steps.events import Note, Planned, StepBegun, StepEnded
from airlock_installer.steps.step import Step, nodes
from airlock_installer.stopping import Stopped

DONE, SKIPPED, TOLD = "done", "skipped", "told"
FAILED, INTERRUPTED, NOT_BEGUN = "failed", "interrupted", "not begun"
_UNFINISHED = "airlock_unfinished"
"""Variable of playbooks: an earlier run changed something and may not have come to its handlers."""


def install(engine: Engine, steps: Sequence[Step], order: Order, came: MutableMapping[str, str]) -> None:
    """Run steps in order; none starts when the gate before it failed.

    Args:
        came: gets, as they end, what became of steps by name: done, skipped, in a dry run told; failed, interrupted.

    Raises:
        HeldError: another run holds the site.
        StepError, Faults: tasks failed, by node.
        GateError, Faults: what must be true is not: expected, found, node.
        Stopped: told to.
    """
    with holder.hold(engine.layout.lock, order.command) as hold:
        engine.ledger.check()
        running.tidy(engine)
        if not order.is_dry:
            harm.undo_all(engine)
        _must_not_be_blocked(engine, steps[0], order)
        _tell(engine, steps, order)
        for step in steps:
            engine.stop.check()
            hold.at(step.name)
            came[step.name] = FAILED
            try:
                came[step.name] = _next(engine, step, order)
            except Stopped:
                came[step.name] = INTERRUPTED
                raise


def _next(engine: Engine, step: Step, order: Order) -> str:
    """Run a step, unless it is done and its gate passes again; go on with one whose gate alone lacks."""
    runs, now = engine.ledger.runs(step.name), engine.digests(step)
    last, unfinished = past.whole(runs), past.unfinished(runs)
    variables = engine.variables(step)
    if order.kind == ledger.FULL:
        if text := past.told(past.lacking(runs)):
            engine.watch(Note(step.name, text))
        if last and past.is_done(runs, now) and not order.again:
            if _still_passes(engine, step, last, variables):
                return SKIPPED
        elif last and past.lacks_its_gate(runs, now):
            return _commit(engine, step, last, variables)
    variables[_UNFINISHED] = unfinished is not None
    return _run(engine, step, order, last, now, variables)


def _run(
    engine: Engine, step: Step, order: Order, last: Entry | None, now: Mapping[str, str], variables: Mapping[str, Any]
) -> str:
    """intent → apply → verify → commit."""
    begun = Begun(
        step.name,
        engine.by,
        kind=order.kind,
        inputs=now,
        release=engine.release,
        arguments=arguments.shown(order.arguments),
        continues=last.id if last and last.is_open and order.kind == ledger.FULL else None,
    )
    entry = engine.ledger.begin(begun, engine.layout.runs)
    engine.watch(StepBegun(step.name, entry.id))
    with running.concluding(engine, entry) as result:
        outcome = engine.apply(step, entry, variables, order.arguments)
        result["counts"] = outcome.counts
        raise_all(f"the step {step.name} failed in {len(outcome.faults)} places", outcome.faults)
        if order.is_dry:
            return _told(engine, step, entry, result)
        engine.ledger.move(entry.id, ledger.APPLIED, result)
    return _commit(engine, step, entry, variables)


def _commit(engine: Engine, step: Step, entry: Entry, variables: Mapping[str, Any]) -> str:
    """verify → commit; less than a whole step is never committed."""
    with running.concluding(engine, entry):
        evidence = running.verify(engine, step, entry, variables)
        engine.ledger.move(entry.id, ledger.VERIFIED, {"gate": running.kept(engine, evidence)})
        text = f"its gate passed on {nodes(evidence)}"
        if entry.kind == ledger.FULL:
            engine.ledger.move(entry.id, ledger.COMMITTED)
        else:
            text += "; not the whole step was run: it counts as not done"
        engine.watch(StepEnded(step.name, DONE, time.time() - entry.began, text))
    return DONE


def _still_passes(engine: Engine, step: Step, last: Entry, variables: Mapping[str, Any]) -> bool:
    """Whether the gate of a step that is done passes again."""
    began = time.time()
    engine.watch(StepBegun(step.name, None))
    try:
        evidence = running.verify(engine, step, last, variables)
    except AirlockError as error:
        if error.exit_code != ExitCode.GATE:
            raise
        engine.watch(Note(step.name, f"done by run {last.id}, but: {_shortly(error)}: run again"))
        return False
    engine.ledger.look(last.id, running.kept(engine, evidence))
    text = f"done by run {last.id} with the same inputs; its gate passed again on {nodes(evidence)}"
    engine.watch(StepEnded(step.name, SKIPPED, time.time() - began, text))
    return True


def _shortly(error: AirlockError) -> str:
    """What was found, on one line: the first fault, and how many more."""
    first, *more = error.faults if isinstance(error, Faults) else (error,)
    return first.lines()[0] + (f", and {len(more)} more" if more else "")


def _told(engine: Engine, step: Step, entry: Entry, result: Mapping[str, Any]) -> str:
    engine.ledger.move(entry.id, ledger.DRY, result)
    text = "a dry run: nothing was changed, and its gate was not looked at"
    engine.watch(StepEnded(step.name, TOLD, time.time() - entry.began, text))
    return TOLD


def _must_not_be_blocked(engine: Engine, step: Step, order: Order) -> None:
    """No step starts when the gate before it failed, or was never passed; a dry run harms nothing."""
    before = () if order.is_dry else engine.catalog.before(step, engine.situation)
    for earlier in before:
        runs = engine.ledger.runs(earlier.name)
        if not past.has_passed(runs):
            what = f"{step.name} cannot begin: the gate of {earlier.name} before it has not passed"
            told = past.told(past.lacking(runs)).removesuffix(": run again")
            why = told or f"{earlier.name} was never run here{' as a whole' if runs else ''}"
            raise GateError(what, why=why, todo="run `airlock-site install`, which goes on where the site is")


def _tell(engine: Engine, steps: Sequence[Step], order: Order) -> None:
    """Tell what is to come, and what changed since the last time."""
    entries, last = engine.ledger.entries(), engine.ledger.last()
    for step in engine.catalog.needed(engine.situation):
        if changed := past.touched(last.get(step.name), engine.digests(step)):
            engine.watch(Note(step.name, f"changed since run {last[step.name].id}: {', '.join(changed)}"))
    told = [(step.name, step.title, step.breaks, past.typical(step, entries)) for step in steps]
    engine.watch(Planned(order.command, told, is_dry=order.is_dry))
