"""Ctrl-C, SIGTERM and SIGHUP: a run ends in order and soon; at once when it is told again, or cannot end by itself."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from airlock_core import ending, proc

_SHOW_CURSOR = "\x1b[?25h"
_SHELL = 128
"""What shells add to the number of the signal that ended a command."""
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
        return _SHELL + (self._received or signal.SIGINT)

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """Listen while the block runs."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(read,), name="interrupts", daemon=True).start()
        try:
            with ending.taken(self._take):
                yield
        finally:
            signal.set_wakeup_fd(before)
            os.close(write)

    def hurry(self) -> None:
        """Wait for no more than :data:`SOON` from now on: what the run does next may hang, and may be cut anywhere."""
        self._patience = SOON

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            self._end(number)
        self._received = number
        raise KeyboardInterrupt

    def _watch(self, read: int) -> None:
        """Wait for a signal, and then until the run should have ended.

        A thread of its own, that the kernel tells: the main one hears of signals between two steps of its own, and of
        one that comes right before it begins to wait for a lock it hears when that wait is over
        (https://docs.python.org/3/library/signal.html#signals-and-threads).
        """
        with open(read, "rb", buffering=0) as numbers:
            while heard := numbers.read(1):
                if heard[0] in ending.SIGNALS:
                    time.sleep(self._patience)
                    self._end(heard[0])

    def _end(self, number: int) -> None:
        """End now, with all that was started, whatever the threads are at."""
        proc.kill_all()
        cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
        with contextlib.suppress(OSError):
            # past all buffers, of which the interrupted thread may hold the lock
            os.write(2, f"{cursor}{self._farewell()}".encode())
        os._exit(_SHELL + number)
