"""Messages of several threads hashed together: whoever waits for a digest hashes what others have at hand too.

A thread gives the pieces of its message and goes on with other work, such as writing them. Nothing is hashed before
some thread has nothing else to do: by then most lanes are full, and no thread is needed that does nothing but hash.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from typing import Protocol

from airlock_core import lanes
from airlock_core.lanes import Bytes, Compiled, State

_SMALL = 1 << 16
"""Bytes that are hashed sooner than others are waited for."""
_MOST_TURNS = 2
"""Threads that hash at the same time: together as fast as the fastest disks."""


class Message(Protocol):
    """What one thread has hashed, piece by piece."""

    def give(self, piece: Bytes) -> None:
        """Add the next piece, whose bytes must stay until it is settled."""

    def settle(self, *, leave: int = 0) -> None:
        """Wait until no more than some of the last pieces are left to be hashed."""

    def hexdigest(self) -> str:
        """The digest of all pieces."""


class Hashing(Protocol):
    """How messages are hashed; several threads may use it."""

    @property
    def width(self) -> int:
        """How many messages at hand at the same time make it fastest."""

    def message(self, algorithm: str = "sha256") -> Message:
        """A message that has no piece yet."""


def best() -> Hashing:
    """What is fastest on this machine, for many messages."""
    found = lanes.compiled()
    return Together(found) if found else Alone()


class Alone:
    """Hashes each piece at once, in the thread that gives it."""

    width = 1

    def message(self, algorithm: str = "sha256") -> Message:
        """A message that has no piece yet."""
        return _AloneMessage(hashlib.new(algorithm))


class Together:
    """Hashes as many messages at once as the processor has lanes, the oldest first."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._turns = max(1, min((os.cpu_count() or 1) // 2, _MOST_TURNS))
        self._changed = threading.Condition()
        self._waiting: list[_Lane] = []
        self.width = compiled.WIDTH * self._turns

    def message(self, algorithm: str = "sha256") -> Message:
        """A message that has no piece yet."""
        return _Lane(self, self._compiled.Sha256()) if algorithm == "sha256" else Alone().message(algorithm)

    def add(self, lane: _Lane, piece: Bytes) -> None:
        """Have a piece wait."""
        with self._changed:
            if not lane.pieces:
                self._waiting.append(lane)
            lane.pieces.append(piece)

    def settle(self, lane: _Lane, leave: int) -> None:
        """Return when no more pieces of a message wait; hash until then, unless others do."""
        with self._changed:
            while len(lane.pieces) > leave:
                if lane.busy or not self._turns:
                    self._changed.wait()
                else:
                    self._hash([lane, *self._others(lane)])

    def _others(self, lane: _Lane) -> list[_Lane]:
        idle = [other for other in self._waiting if not other.busy and other is not lane]
        return idle[: self._compiled.WIDTH - 1]

    def _hash(self, chosen: list[_Lane]) -> None:
        """Hash the first piece of each message, and let others have the lock meanwhile."""
        self._turns -= 1
        for lane in chosen:
            lane.busy = True
        pieces = [(lane.state, lane.pieces[0]) for lane in chosen]
        self._changed.release()
        try:
            self._compiled.update(pieces)
        finally:
            self._changed.acquire()
            self._turns += 1
            for lane in chosen:
                self._hashed(lane)
            self._changed.notify_all()

    def _hashed(self, lane: _Lane) -> None:
        lane.busy = False
        lane.pieces.popleft()
        if not lane.pieces:
            self._waiting.remove(lane)


class _Lane:
    """A message, the pieces of it that wait, and whether one of them is being hashed."""

    def __init__(self, together: Together, state: State) -> None:
        self.state = state
        self.pieces: deque[Bytes] = deque()
        self.busy = False
        self._together = together

    def give(self, piece: Bytes) -> None:
        if len(piece) > _SMALL:
            self._together.add(self, piece)
        else:
            self.settle()
            self.state.update(piece)

    def settle(self, *, leave: int = 0) -> None:
        self._together.settle(self, leave)

    def hexdigest(self) -> str:
        self.settle()
        return self.state.hexdigest()


class _AloneMessage:
    def __init__(self, state: State) -> None:
        self._state = state
        self.hexdigest = state.hexdigest

    def give(self, piece: Bytes) -> None:
        self._state.update(piece)

    def settle(self, *, leave: int = 0) -> None:
        """All is hashed."""
