"""What a drill breaks, and how it is undone: written down before, so that whoever comes after a cut can undo it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from airlock_core.errors import AirlockError, StepError, raise_all
from airlock_installer.engine import Engine
from airlock_installer.ledger import Entry
from airlock_installer.steps.events import unwatched
from airlock_installer.stopping import Stop

_KEY = "harm"


@dataclass(frozen=True)
class Harm:
    """Something that a drill is about to break.

    Args:
        what: as people call it: ``keepalived of control1``.
        undo: the playbook that brings it back; it does no harm where nothing was broken.
        variables: that playbook's own; no secret may be among them.
    """

    what: str
    undo: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def done(engine: Engine, entry: Entry, harm: Harm) -> Iterator[None]:
    """Break something in the block: it is in the ledger before, and brought back however the block ends.

    Raises:
        StepError, Faults: it could not be brought back; the next run tries again.
    """
    engine.ledger.add(entry.id, {_KEY: asdict(harm)})
    try:
        yield
    finally:
        engine.note(entry, f"bringing {harm.what} back")
        _undo(engine, entry, harm)


def left(entries: Iterable[Entry]) -> dict[int, Harm]:
    """What drills have broken and not brought back, by the number of the run."""
    return {entry.id: Harm(**entry.result[_KEY]) for entry in entries if entry.result.get(_KEY)}


def undo_all(engine: Engine) -> None:
    """Bring back what drills have left broken; what cannot be is told, and tried again by the next run."""
    known = {entry.id: entry for entry in engine.ledger.entries()}
    for run, harm in left(known.values()).items():
        engine.note(known[run], f"the drill of run {run} did not bring {harm.what} back: doing it now")
        try:
            _undo(engine, known[run], harm)
        except AirlockError as error:
            said = "; ".join(line.strip() for line in error.lines())
            engine.note(known[run], said)


def _undo(engine: Engine, entry: Entry, harm: Harm) -> None:
    """Bring it back, though the run was told to stop; its tasks are the log's alone."""
    outcome = replace(engine, stop=Stop(), watch=unwatched).play(entry, harm.undo, harm.variables)
    raise_all(f"{harm.what} could not be brought back: {len(outcome.faults)} tasks failed", outcome.faults)
    if not outcome.counts:
        why = "hosts no longer has the node"
        raise StepError(f"{harm.what} could not be brought back", why=why, todo="write it into hosts again")
    engine.ledger.add(entry.id, {_KEY: None})
