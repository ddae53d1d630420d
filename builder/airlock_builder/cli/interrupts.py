"""Ctrl-C, SIGTERM and SIGHUP: a run ends in order and soon; at once when it is told again, or cannot end by itself."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType

from airlock_core import ending, proc

_SHOW_CURSOR = "\x1b[?25h"
PATIENCE = 10.0
"""Seconds that a run has to end in order: to take away what it had begun to write."""
SOON = 0.8
"""The same for a run that has nothing to take away, but may hang on the network: on a name, on a connection."""


class Interrupts:
    """What ends the run from outside.

    Args:
        farewell: what to say when the run is ended by force.
    """

    def __init__(self, farewell: Callable[[], str]) -> None:
        self._farewell = farewell
        self._patience = PATIENCE
        self._received = 0

    @property
    def status(self) -> int:
        """The exit status of the run, as shells give it to a command that a signal ended: 128 and its number."""
        return 128 + (self._received or signal.SIGINT)

    def armed(self) -> AbstractContextManager[None]:
        """Listen while the block runs."""
        return ending.taken(self._take)

    def hurry(self) -> None:
        """Wait for no more than :data:`SOON` from now on: what the run does next may hang, and may be cut anywhere."""
        self._patience = SOON

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            self._end()
        self._received = number
        watch = threading.Timer(self._patience, self._end)
        watch.daemon = True
        watch.start()
        raise KeyboardInterrupt

    def _end(self) -> None:
        """End now, with all that was started, whatever the threads are at."""
        proc.kill_all()
        cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
        with contextlib.suppress(OSError):
            # past all buffers, of which the interrupted thread may hold the lock
            os.write(2, f"{cursor}{self._farewell()}".encode())
        os._exit(self.status)
