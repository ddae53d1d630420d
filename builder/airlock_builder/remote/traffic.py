"""What all connections of one run share: how many to a host, how fast in all, who is told of trouble, their end."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager

from airlock_builder.remote.bucket import TokenBucket
from airlock_builder.remote.failures import Cancelled, shown
from airlock_builder.remote.hosts import Hosts
from airlock_core.progress import Notice

PER_HOST = 4
"""Requests at once to one host, where nobody says otherwise: what a mirror's operator does not mind."""
STALL = 30.0
"""Seconds between two bytes, after which a connection is given up."""
CHUNK = 64 << 10
"""Bytes taken from the network at once."""
_LEAST_PIECE = 1 << 10
_PIECES_A_SECOND = 32
"""Of a limited rate: small pieces, so that connections that share it all get some within any second."""
_BURST_SECONDS = 0.1


class Traffic:
    """The common ground of all clients of a run; for any thread.

    Args:
        per_host: requests at once to one host.
        rate: bytes a second over all connections; None for as many as come.
        stall: seconds without a byte, after which a connection is given up.
        tell: told of what goes wrong on the way and is tried again.
    """

    def __init__(
        self,
        *,
        per_host: int = PER_HOST,
        rate: int | None = None,
        stall: float = STALL,
        tell: Callable[[Notice], None] = lambda notice: None,
    ) -> None:
        self.per_host = per_host
        self.rate = rate
        self.stall = stall
        self.tell = tell
        self.piece = CHUNK if rate is None else min(CHUNK, max(_LEAST_PIECE, rate // _PIECES_A_SECOND))
        self._hosts = Hosts(per_host)
        self._bucket = None if rate is None else TokenBucket(rate, burst=rate * _BURST_SECONDS, now=time.monotonic())
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def slot(self, host: str) -> AbstractContextManager[None]:
        """Hold one of a host's slots while a request to it is under way."""
        return self._hosts.slot(host)

    def postpone(self, host: str, seconds: float) -> None:
        """Let no request to a host begin for some time: it asked for that."""
        self._hosts.postpone(host, seconds)

    def pause(self, seconds: float) -> None:
        """Wait, unless the run is cancelled."""
        self._cancelled.wait(seconds)

    def came(self, count: int) -> None:
        """Note bytes that came, and wait as long as the rate demands."""
        if self._bucket:
            with self._lock:
                seconds = self._bucket.take(count, now=time.monotonic())
            if seconds:
                self.pause(seconds)

    def opened(self, connection: socket.socket) -> None:
        """Note a connection, to shut it down when the run is cancelled."""
        with self._lock:
            self._sockets.add(connection)
        if self._cancelled.is_set():
            _shut_down(connection)

    def cancel(self) -> None:
        """Let every request of every thread fail soon, also one that waits for bytes."""
        self._cancelled.set()
        self._hosts.end()
        with self._lock:
            connections = list(self._sockets)
        for connection in connections:
            _shut_down(connection)

    def check_cancelled(self, url: str) -> None:
        """Fail when the run was cancelled.

        Raises:
            Cancelled: it was.
        """
        if self._cancelled.is_set():
            raise Cancelled("cancelled", where=shown(url))


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed by now
        # not SSLSocket's own, which takes away what a reading thread uses
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
