"""The journal of steps: intent → applied → verified → committed, each on the disk before the next begins."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATES = ("intent", "applied", "verified", "committed", "failed")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'applied', 'verified', 'committed', 'failed')),
    began REAL NOT NULL,
    changed REAL NOT NULL,
    by TEXT NOT NULL,
    inputs TEXT NOT NULL,
    folder TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '{}'
)
"""


@dataclass(frozen=True)
class Entry:
    """One run of a step.

    Args:
        step: the step's name.
        state: one of :data:`STATES`.
        began, changed: seconds since 1970.
        by: who ran it.
        inputs: digests of the site's files by name, when it began.
        folder: where its logs are.
        result: counts of tasks, the gate's evidence, or the errors.
    """

    id: int
    step: str
    state: str
    began: float
    changed: float
    by: str
    inputs: Mapping[str, str]
    folder: str
    result: Mapping[str, Any]


class Ledger:
    """The journal in one sqlite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, step: str, by: str, inputs: Mapping[str, str], folder: Path) -> int:
        """Write down that a step is about to begin; its number."""
        now = time.time()
        row = (step, "intent", now, now, by, json.dumps(dict(inputs), sort_keys=True), str(folder))
        with self._open() as database:
            columns = "step, state, began, changed, by, inputs, folder"
            cursor = database.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608
            return int(cursor.lastrowid or 0)

    def move(self, run: int, state: str, result: Mapping[str, Any] | None = None) -> None:
        """Write down what a run came to; ``result`` adds to what is known of it."""
        with self._open() as database:
            known = database.execute("SELECT result FROM runs WHERE id = ?", (run,)).fetchone()[0]
            merged = json.dumps({**json.loads(known), **(result or {})}, sort_keys=True)
            change = "UPDATE runs SET state = ?, changed = ?, result = ? WHERE id = ?"
            database.execute(change, (state, time.time(), merged, run))

    def last(self) -> dict[str, Entry]:
        """The last run of each step."""
        if not self._path.is_file():
            return {}
        with self._open() as database:
            rows = database.execute("SELECT * FROM runs ORDER BY id").fetchall()
        return {row[1]: _entry(row) for row in rows}

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=30)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute(_SCHEMA)
            with database:
                yield database
        finally:
            database.close()


def _entry(row: tuple[Any, ...]) -> Entry:
    number, step, state, began, changed, by, inputs, folder, result = row
    return Entry(number, step, state, began, changed, by, json.loads(inputs), folder, json.loads(result))
