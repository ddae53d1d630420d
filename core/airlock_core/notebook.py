"""What was found out once about content that never changes, in one file: ten thousand notes are read in a moment.

A file for each note would cost two fsyncs when written and a few system calls when read. A notebook holds nothing that
cannot be found out again, so one that is damaged is begun anew. Runs may share it.

A key begins with what the note is about, such as a package's digest, followed by a blank where more follows; so old
notes about what nobody needs can be told from others.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
_TABLE = "CREATE TABLE IF NOT EXISTS dated (key TEXT PRIMARY KEY, value BLOB NOT NULL, written INTEGER NOT NULL)"
_SIZE = "SELECT COUNT(*), COALESCE(SUM(LENGTH(key) + LENGTH(value)), 0) FROM dated"
_OTHERS = "written < ? AND SUBSTR(key, 1, INSTR(key || ' ', ' ') - 1) NOT IN (SELECT subject FROM temp.kept)"


@dataclass(frozen=True)
class Notes:
    """Some notes: how many, and the bytes that they take."""

    count: int = 0
    size: int = 0


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

    def all(self) -> Notes:
        """What it holds.

        Raises:
            MachineError: the file cannot be read.
        """
        return self._do(_counted) if self._path.exists() else Notes()

    def outdated(self, subjects: Iterable[str], before: float) -> Notes:
        """The notes about other subjects that were written before a time, in seconds since 1970.

        Raises:
            MachineError: the file cannot be read.
        """
        return self._do(lambda base: _outdated(base, subjects, before)) if self._path.exists() else Notes()

    def prune(self, subjects: Iterable[str], before: float) -> Notes:
        """Strike out :meth:`outdated` notes, and give their space back.

        Raises:
            MachineError: no space or no right to write.
        """
        if not self._path.exists():
            return Notes()
        gone = self._do(lambda base: _struck(base, subjects, before))
        if gone.count:
            with atomic.disk_errors(self._path), contextlib.closing(self._opened()) as database:
                database.execute("VACUUM")
        return gone

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
        with contextlib.closing(self._opened()) as database, database:
            # at worst a power cut costs the last notes: they are found out again
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(_TABLE)
            return work(database)

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_SECONDS)


def _found(database: sqlite3.Connection, wanted: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found |= dict(database.execute(f"SELECT key, value FROM dated WHERE key IN ({marks})", some))  # noqa: S608
    return found


def _keep(database: sqlite3.Connection, notes: Mapping[str, bytes]) -> None:
    now = int(time.time())
    rows = ((key, value, now) for key, value in notes.items())
    database.executemany("INSERT OR REPLACE INTO dated VALUES (?, ?, ?)", rows)


def _counted(database: sqlite3.Connection) -> Notes:
    return Notes(*database.execute(_SIZE).fetchone())


def _outdated(database: sqlite3.Connection, subjects: Iterable[str], before: float) -> Notes:
    database.execute("CREATE TEMP TABLE kept (subject TEXT PRIMARY KEY)")
    database.executemany("INSERT OR IGNORE INTO temp.kept VALUES (?)", ((subject,) for subject in subjects))
    return Notes(*database.execute(f"{_SIZE} WHERE {_OTHERS}", (before,)).fetchone())


def _struck(database: sqlite3.Connection, subjects: Iterable[str], before: float) -> Notes:
    gone = _outdated(database, subjects, before)
    database.execute(f"DELETE FROM dated WHERE {_OTHERS}", (before,))  # noqa: S608
    return gone
