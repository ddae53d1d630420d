"""Being told to stop: Ctrl-C and its like end a step in order, and a second one at once."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager
from types import FrameType

from airlock_core import ending


class Stopped(Exception):
    """The run was told to stop, and did.

    Args:
        number: the signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.status = 128 + number
        """The exit status, as shells give it to a command that a signal ended."""


class Stop:
    """Whether the run was told to stop; calling it tells."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self) -> bool:
        return self._number != 0

    def check(self) -> None:
        """Raise :class:`Stopped` where it was."""
        if self._number:
            raise Stopped(self._number)

    def armed(self) -> AbstractContextManager[None]:
        """Listen while the block runs."""
        return ending.taken(self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._number:
            # The ledger has what it needs to go on from here: a run may be cut anywhere.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._number = number
