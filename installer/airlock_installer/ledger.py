"""The journal of steps: intent → applied → verified → committed, each on the disk before the next begins."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airlock_core import atomic
from airlock_core.errors import MachineError
from airlock_installer import ledger_schema

FULL, PARTIAL, DRY, DRILL = "full", "partial", "dry", "drill"
"""Kinds of runs: of a whole step; of some of its tasks or nodes; one that only tells what it would change; a drill."""
INTENT, APPLIED, VERIFIED, COMMITTED = "intent", "applied", "verified", "committed"
FAILED, INTERRUPTED = "failed", "interrupted"
LOOKED = "looked"
"""No state, but a move: the gate of a committed step passed again."""

_WAIT = 30.0
"""Seconds to wait for another process that writes."""
_BEGIN = (
    "INSERT INTO runs (step, kind, state, began, changed, by, inputs, folder, release, arguments, continues)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?)"
)
_COLUMNS = "id, step, kind, state, began, changed, by, inputs, folder, release, arguments, continues, result"


@dataclass(frozen=True)
class Entry:
    """One run of a step.

    Args:
        step: the step's name.
        kind: :data:`FULL`, :data:`PARTIAL`, :data:`DRY` or :data:`DRILL`.
        state: how far it came: intent, applied, verified, committed; failed, interrupted; dry for one of that kind.
        began, changed: seconds since 1970.
        by: who ran it.
        inputs: digests of what the step reads, by name, when it began.
        folder: where its logs are.
        release: the release that it installed from, with its digests.
        arguments: further arguments of ansible-playbook, without values that may be secret.
        continues: the run that was cut, and that this one goes on with.
        result: counts of tasks, the gate's evidence, the errors; of a drill what came of it, and what it has broken.
        moves: states with their times, in order.
    """

    id: int
    step: str
    kind: str
    state: str
    began: float
    changed: float
    by: str
    inputs: Mapping[str, str]
    folder: str
    release: Mapping[str, Any]
    arguments: Sequence[str]
    continues: int | None
    result: Mapping[str, Any]
    moves: Sequence[tuple[str, float]] = ()

    @property
    def is_open(self) -> bool:
        """Whether it has not come to its end: it runs, or it was cut."""
        return self.state in (INTENT, APPLIED) or (self.state == VERIFIED and self.kind in (FULL, DRILL))

    def at(self, state: str) -> float | None:
        """When it came to a state, the last time; seconds since 1970."""
        return next((at for name, at in reversed(self.moves) if name == state), None)

    @property
    def seconds(self) -> float:
        """How long its work took, later looks of the gate left out."""
        ends = [at for name, at in self.moves if name != LOOKED]
        return (ends[-1] if ends else self.changed) - self.began


@dataclass(frozen=True)
class Begun:
    """What is known of a run before it begins; as of :class:`Entry`."""

    step: str
    by: str
    kind: str = FULL
    inputs: Mapping[str, str] = field(default_factory=dict)
    release: Mapping[str, Any] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    continues: int | None = None


class Ledger:
    """The journal in one sqlite file; WAL and synchronous=FULL, so that what is written outlives a power cut.

    All methods raise :class:`MachineError` where it cannot be read or written, is damaged, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, begun: Begun, logs: Path) -> Entry:
        """Write down that a step is about to begin.

        Args:
            logs: the folder of all runs' logs; this one's has its number and its step as its name.
        """
        now = time.time()
        row = (
            *(begun.step, begun.kind, INTENT, now, now, begun.by, _json(begun.inputs)),
            *(_json(begun.release), _json(begun.arguments), begun.continues),
        )
        with self._writing() as database:
            run = int(database.execute(_BEGIN, row).lastrowid or 0)
            folder = str(logs / f"{run:06d}-{begun.step}{'-drill' if begun.kind == DRILL else ''}")
            database.execute("UPDATE runs SET folder = ? WHERE id = ?", (folder, run))
            database.execute("INSERT INTO moves VALUES (?, ?, ?)", (run, INTENT, now))
        return self.entry(run)

    def move(self, run: int, state: str, result: Mapping[str, Any] | None = None) -> None:
        """Write down what a run came to; ``result`` adds to what is known of it."""
        self._write(run, result or {}, state, state)

    def add(self, run: int, result: Mapping[str, Any]) -> None:
        """Write down what is known of a run, which goes on."""
        self._write(run, result)

    def look(self, run: int, evidence: Mapping[str, Any]) -> None:
        """Write down that a committed step's gate passed again, and what it found."""
        self._write(run, {"gate": evidence}, COMMITTED, LOOKED)

    def last(self) -> dict[str, Entry]:
        """The last full run of each step."""
        return {entry.step: entry for entry in self.entries() if entry.kind == FULL}

    def runs(self, step: str) -> list[Entry]:
        """All runs of a step that were to change nodes, whole and partial ones, the first first."""
        return [entry for entry in self.entries() if entry.step == step and entry.kind in (FULL, PARTIAL)]

    def drills(self) -> dict[str, Entry]:
        """The last drill of each step."""
        return {entry.step: entry for entry in self.entries() if entry.kind == DRILL}

    def entry(self, run: int) -> Entry:
        """The run of a number.

        Raises:
            KeyError: there is none.
        """
        return next(entry for entry in self.entries() if entry.id == run)

    def entries(self) -> list[Entry]:
        """All runs, the first first."""
        if not self._path.is_file():
            return []
        with self._open() as database:
            rows = database.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY id").fetchall()  # noqa: S608 - our columns
            moves: dict[int, list[tuple[str, float]]] = {}
            for run, state, at in database.execute("SELECT run, state, at FROM moves ORDER BY rowid"):
                moves.setdefault(run, []).append((state, at))
            return [_entry(row, moves.get(row[0], [])) for row in rows]

    def check(self) -> None:
        """Read all of it, so that damage is told before a step begins."""
        if self._path.is_file():
            with self._open() as database:
                said = [str(row[0]) for row in database.execute("PRAGMA integrity_check(3)")]
            if said != ["ok"]:
                raise self._damaged("; ".join(said))

    def _write(self, run: int, result: Mapping[str, Any], state: str = "", move: str = "") -> None:
        now = time.time()
        with self._writing() as database:
            known = database.execute("SELECT state, result FROM runs WHERE id = ?", (run,)).fetchone()
            if known is None:
                raise self._damaged(f"run {run} is not in it any more: was it taken away while a step ran?")
            values = (state or known[0], now, _json({**json.loads(known[1]), **result}), run)
            database.execute("UPDATE runs SET state = ?, changed = ?, result = ? WHERE id = ?", values)
            if move:
                database.execute("INSERT INTO moves VALUES (?, ?, ?)", (run, move, now))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                database.rollback()
                raise

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with atomic.disk_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with contextlib.closing(sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                ledger_schema.bring_up(database, self._path)
                yield database
        except sqlite3.OperationalError as error:
            todo = "free some space, or check path, owner and mount (with sudo?)"
            raise MachineError("the ledger cannot be used", where=str(self._path), why=str(error), todo=todo) from error
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, why: str) -> MachineError:
        path, aside = self._path, self._path.parent / "damaged"
        todo = (
            f"keep it for support and begin a new one: `mkdir {aside} && mv {path}* {aside}`, then `airlock-site"
            " install`: every step is run again, and changes nothing where all is as it must be"
        )
        return MachineError("the ledger is damaged", where=str(path), why=why, todo=todo)


def _entry(row: tuple[Any, ...], moves: Sequence[tuple[str, float]]) -> Entry:
    number, step, kind, state, began, changed, by, inputs, folder, release, arguments, continues, result = row
    read: Callable[[str], Any] = json.loads
    known = (read(inputs), folder, read(release), read(arguments), continues, read(result))
    return Entry(number, step, kind, state, began, changed, by, *known, moves)


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value if isinstance(value, list | tuple) else dict(value), sort_keys=True)
