"""The way of a drill: intent → applied (broken and brought back) → verified → committed, with one run at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable

from airlock_core.errors import GateError
from airlock_installer import harm, holder, ledger, running
from airlock_installer.drills.drill import Drill, Proof
from airlock_installer.drills.hands import Hands
from airlock_installer.engine import Engine
from airlock_installer.ledger import Begun, Entry
from airlock_installer.steps.events import Planned, StepBegun, StepEnded


def run(engine: Engine, drill: Drill) -> Proof:
    """Run a drill, and write down what came of it.

    Raises:
        UsageError: the site cannot have it.
        HeldError: another run holds the site.
        GateError, Faults: all was not well before or is not afterwards, or recovery took too long.
        StepError, Faults: something could not be broken, or could not be brought back.
        Stopped: told to.
    """
    drill.refuse(engine.situation.site)
    command = f"drill {drill.step}"
    with holder.hold(engine.layout.lock, command) as hold:
        engine.ledger.check()
        running.tidy(engine)
        harm.undo_all(engine)
        hold.at(drill.step)
        seconds = _typical(drill, engine.ledger.entries())
        engine.watch(Planned(command, [(drill.step, drill.title, drill.breaks, seconds)]))
        return _run(engine, drill)


def _run(engine: Engine, drill: Drill) -> Proof:
    step = engine.catalog.step(drill.step)
    begun = Begun(step.name, engine.by, kind=ledger.DRILL, inputs=engine.digests(step), release=engine.release)
    entry = engine.ledger.begin(begun, engine.layout.runs)
    engine.watch(StepBegun(step.name, entry.id))
    with running.concluding(engine, entry):
        hands = Hands(engine, step, entry)
        proof = drill.work(hands)
        evidence = running.kept(engine, hands.found or {})
        engine.ledger.move(entry.id, ledger.VERIFIED, {"gate": evidence, "drill": proof.plain})
        _judge(drill, proof)
        engine.ledger.move(entry.id, ledger.COMMITTED)
    engine.watch(StepEnded(step.name, "done", time.time() - entry.began, "its gate passed again"))
    return proof


def _judge(drill: Drill, proof: Proof) -> None:
    if proof.seconds > proof.promised:
        what = f"expected recovery within {proof.promised:g} s, it took {proof.seconds:g} s"
        raise GateError(what, why=proof.text, todo=f"`airlock-site logs {drill.step}`; on the nodes: journalctl")


def _typical(drill: Drill, entries: Iterable[Entry]) -> float:
    """Seconds that a drill usually takes: those of the last one here that came to its end, else what is known."""
    done = [entry for entry in entries if (entry.step, entry.kind, entry.state) == _good(drill)]
    return done[-1].seconds if done else drill.minutes * 60


def _good(drill: Drill) -> tuple[str, str, str]:
    return drill.step, ledger.DRILL, ledger.COMMITTED
