"""The log of what was asked of a server, for tests to read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Request:
    """One request and what became of it: ``status`` is 0 until it is answered, ``sent`` counts the body's bytes."""

    method: str
    path: str
    range: str | None
    status: int = 0
    sent: int = 0


@dataclass
class RequestLog:
    """Requests in the order in which they came."""

    _entries: list[Request] = field(default_factory=list)
    _open: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    most_open: int = 0
    """The most requests that were open at once."""
    connections: int = 0
    """How many connections were made."""

    def connected(self) -> None:
        """Count a connection."""
        with self._changed:
            self.connections += 1

    @contextmanager
    def entry(self, method: str, path: str, wanted: str | None) -> Iterator[Request]:
        """Add a request, open until the block ends."""
        request = Request(method, path, wanted)
        with self._changed:
            self._entries.append(request)
            self._open += 1
            self.most_open = max(self.most_open, self._open)
        try:
            yield request
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def all(self, *, within: float = 5.0) -> list[Request]:
        """Return all requests, when none is open any more: a client has its bytes before the server has counted them.

        Waits for at most ``within`` seconds, and returns then what is there.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0, timeout=within)
            return list(self._entries)

    def clear(self) -> None:
        """Forget what was asked so far."""
        with self._changed:
            self._entries.clear()
            self.most_open = self.connections = 0
