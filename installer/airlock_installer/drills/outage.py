"""How long an address does not answer: it is called all the time, and the longest silence counts."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

PORT = 6000
"""That of the genesis registry at the virtual address; a refusal is an answer of the machine, too."""
CALL_SECONDS = 0.3
PAUSE_SECONDS = 0.05


@dataclass
class Calls:
    """Calls of an address.

    Args:
        answers: when it answered, in seconds of the monotonic clock, in order.
        asks: whether it answers now; None: whether a machine does.
    """

    address: str
    answers: list[float] = field(default_factory=list)
    asks: Callable[[str], bool] | None = None
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    def call_on(self) -> None:
        """Call until it is over."""
        while not self._over.wait(PAUSE_SECONDS):
            if (self.asks or answers)(self.address):
                self.answers.append(time.monotonic())

    def wait(self, since: float, seconds: float, attend: Callable[[], None]) -> bool:
        """Wait for an answer that is later than a time, attending to who may tell to stop; whether one came."""
        deadline = time.monotonic() + seconds
        while not (self.answers and self.answers[-1] > since):
            attend()
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    def end(self) -> None:
        """No more calls."""
        self._over.set()


@contextlib.contextmanager
def calls(address: str, asks: Callable[[str], bool] | None = None) -> Iterator[Calls]:
    """Call an address for the length of the block."""
    made = Calls(address, asks=asks)
    caller = threading.Thread(target=made.call_on, name="calls", daemon=True)
    caller.start()
    try:
        yield made
    finally:
        made.end()
        caller.join()


def answers(address: str) -> bool:
    """Whether a machine answers at an address: takes a connection, or refuses it."""
    try:
        socket.create_connection((address, PORT), CALL_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


def silence(answered: Sequence[float]) -> float:
    """The longest time between two answers, in seconds."""
    return max((later - earlier for earlier, later in pairwise(answered)), default=0.0)
