"""The ledger's tables, by version: an older ledger is brought up to this one, a newer one is left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from airlock_core.errors import MachineError

VERSION = 3
"""SQLite's ``user_version`` of a ledger. 0: what was written before versions were counted, or nothing at all."""

_RUNS = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    step TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('full', 'partial', 'dry', 'drill')),
    state TEXT NOT NULL CHECK (state IN ('intent', 'applied', 'verified', 'committed', 'failed', 'interrupted', 'dry')),
    began REAL NOT NULL,
    changed REAL NOT NULL,
    by TEXT NOT NULL,
    inputs TEXT NOT NULL,
    folder TEXT NOT NULL,
    release TEXT NOT NULL DEFAULT '{}',
    arguments TEXT NOT NULL DEFAULT '[]',
    continues INTEGER REFERENCES runs (id),
    result TEXT NOT NULL DEFAULT '{}'
)
"""
_MOVES = """
CREATE TABLE moves (
    run INTEGER NOT NULL REFERENCES runs (id),
    state TEXT NOT NULL,
    at REAL NOT NULL
)
"""
_FROM_0 = (
    "ALTER TABLE runs RENAME TO old_runs",
    _RUNS,
    _MOVES,
    """
INSERT INTO runs (id, step, kind, state, began, changed, by, inputs, folder, result)
SELECT id, step, 'full', state, began, changed, by, inputs, folder, result FROM old_runs
""",
    "INSERT INTO moves SELECT id, 'intent', began FROM old_runs",
    "INSERT INTO moves SELECT id, state, changed FROM old_runs WHERE state != 'intent'",
    "DROP TABLE old_runs",
)
_FROM_2 = (  # in this order references go on referring to runs (sqlite.org/lang_altertable.html, "Making Other Kinds")
    _RUNS.replace("CREATE TABLE runs", "CREATE TABLE new_runs"),
    "INSERT INTO new_runs SELECT * FROM runs",
    "DROP TABLE runs",
    "ALTER TABLE new_runs RENAME TO runs",
)
"""Drills are a kind of runs."""


def bring_up(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or those of an older ledger into these: all of it or nothing.

    Raises:
        MachineError: a newer airlock-site wrote it.
    """
    if _version(database) == VERSION:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        _bring_up(database, path)
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise


def _bring_up(database: sqlite3.Connection, path: Path) -> None:
    found = _version(database)  # again: another may have done it meanwhile
    if found == VERSION:
        return
    if found > VERSION:
        raise MachineError(
            f"the ledger was written by a newer airlock-site: its schema is {found}, this one knows {VERSION}",
            where=str(path),
            todo="use the airlock-site that wrote it",
        )
    is_old = database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'runs'").fetchone()
    for statement in _FROM_2 if found == 2 else _FROM_0 if is_old else (_RUNS, _MOVES):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {VERSION}")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
