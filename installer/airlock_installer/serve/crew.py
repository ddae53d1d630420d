"""Threads that work beside the one that reads: a fault of one piece stops no other, a failing machine stops all."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from airlock_core.errors import AirlockError, VerificationError

THREADS = min(2 * (os.cpu_count() or 1), 8)
"""Some hash, as many as there are cores, while others wait for the disk, which is the slower of both beyond eight."""
_NICE = 5
"""Whoever pulls an image meanwhile goes first: nice(2) is a thread's own on Linux."""


class Crew:
    """A context that ends when all work is done, or what has not begun is given up because the block failed.

    Args:
        threads: how many work at first. Twice as many pieces may wait, so that reading does not run away from the disk.
        most: how many work once the crew is widened.
    """

    def __init__(self, threads: int = THREADS, most: int = THREADS) -> None:
        most = max(threads, most)
        self.faults: list[AirlockError] = []
        self._pool = ThreadPoolExecutor(most, "crew", os.nice, (_NICE,))
        self._room = threading.BoundedSemaphore(2 * most)
        self._places = threading.Semaphore(threads)
        self._others = itertools.repeat(None, most - threads)
        self._fatal: BaseException | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    def submit(self, work: Callable[[], None]) -> None:
        """Have work done; waits while too much is waiting. Its :class:`VerificationError` goes to ``faults``.

        Raises:
            whatever else earlier work raised.
        """
        self._room.acquire()
        self._raise_fatal()
        self._pool.submit(self._do, work)

    def widen(self) -> None:
        """Have all work from now on."""
        for _ in self._others:
            self._places.release()

    def wait(self) -> None:
        """Wait until all is done.

        Raises:
            what work raised, but for faults.
        """
        self._pool.shutdown(wait=True)
        self._raise_fatal()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            with self._places:
                if self._fatal is None:
                    work()
        except VerificationError as error:
            self.faults.append(error)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that submits
            self._fatal = self._fatal or error
        finally:
            self._room.release()

    def _raise_fatal(self) -> None:
        if self._fatal is not None:
            raise self._fatal
