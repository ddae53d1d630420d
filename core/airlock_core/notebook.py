"""What was found out once about content that never changes, in one file: ten thousand notes are read in a moment.

A file for each note would cost two fsyncs when written and a few system calls when read. A notebook holds nothing that
cannot be found out again, so one that is damaged is begun anew. Runs may share it.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from airlock_core import atomic
from airlock_core.errors import MachineError

log = logging.getLogger(__name__)

T = TypeVar("T")

_SECONDS = 120.0
"""How long a run waits for another that writes."""
_AT_ONCE = 500
"""Keys in one question: SQLite takes no more than 999."""


class Notebook:
    """Notes by key.

    Args:
        path: the file; it is made when first written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The notes that are there.

        Raises:
            MachineError: the file cannot be read.
        """
        wanted = list(keys)
        if not wanted or not self._path.exists():
            return {}
        return self._do(lambda database: _found(database, wanted))

    def write(self, notes: Mapping[str, bytes]) -> None:
        """Keep notes, all of them or none.

        Raises:
            MachineError: no space or no right to write.
        """
        if notes:
            self._do(lambda database: _keep(database, notes))

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with atomic.disk_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connected(work)
        except sqlite3.OperationalError as error:
            todo = "free some space, or check path, owner and mount"
            raise MachineError("notes cannot be kept", where=str(self._path), why=str(error), todo=todo) from error
        except sqlite3.DatabaseError as error:
            log.debug("%s is damaged and begun anew: %s", self._path, error)
            self._path.unlink(missing_ok=True)
            return self._connected(work)

    def _connected(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work in a transaction of its own."""
        with contextlib.closing(sqlite3.connect(self._path, timeout=_SECONDS)) as database, database:
            # at worst a power cut costs the last notes: they are found out again
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
            return work(database)


def _found(database: sqlite3.Connection, wanted: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found |= dict(database.execute(f"SELECT key, value FROM notes WHERE key IN ({marks})", some))  # noqa: S608
    return found


def _keep(database: sqlite3.Connection, notes: Mapping[str, bytes]) -> None:
    database.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?)", notes.items())
