"""A wire that breaks: what stands before a server on loopback and cuts connections after so many bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 16 << 10
_SECONDS = 60.0


@dataclass
class Wire:
    """A running one; it carries everything as long as nothing else is said.

    Args:
        address: HOST:PORT of this end.
        up, down: bytes that pass from now on, of all connections together, before that which is passing is cut;
            one number for each cut.
    """

    address: str = ""
    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    cut: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passes(self, budgets: list[int], count: int) -> int:
        """How many of some bytes pass; fewer where the wire breaks."""
        with self.lock:
            if not budgets:
                return count
            if budgets[0] > count:
                budgets[0] -= count
                return count
            self.cut += 1
            return budgets.pop(0)


@contextmanager
def wire(address: str) -> Iterator[Wire]:
    """Lay one to a server while the block runs."""
    host, _, port = address.rpartition(":")
    with socket.create_server(("127.0.0.1", 0)) as server:
        laid = Wire(f"127.0.0.1:{server.getsockname()[1]}")
        open_ones: set[socket.socket] = set()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    near, _ = server.accept()
                    far = socket.create_connection((host, int(port)), timeout=_SECONDS)
                    open_ones.update((near, far))
                    for source, target, budgets in ((near, far, laid.up), (far, near, laid.down)):
                        threading.Thread(target=_carry, args=(laid, source, target, budgets), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield laid
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for one in open_ones:
                _end(one)
                one.close()


def _carry(laid: Wire, source: socket.socket, target: socket.socket, budgets: list[int]) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            passing = laid.passes(budgets, len(data))
            target.sendall(data[:passing])
            if passing < len(data):
                break
    _end(source)
    _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
