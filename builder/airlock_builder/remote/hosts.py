"""Each host gets so many requests at once and no more, and none while it asked to be left alone."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Hosts:
    """The requests under way, by host; for any thread.

    Args:
        most: requests at once to one host.
        clock: seconds, of a clock that never goes back.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._busy: Counter[str] = Counter()
        self._closed_until: dict[str, float] = {}
        self._over = False
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, host: str) -> Iterator[None]:
        """Hold one of a host's slots, waiting for it; when the run is over the wait ends at once."""
        with self._changed:
            while not self._over and (seconds := self._wait(host)) is not None:
                self._changed.wait(seconds or None)
            self._busy[host] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy[host] -= 1
                self._changed.notify_all()

    def postpone(self, host: str, seconds: float) -> None:
        """Let no request to a host begin for some time."""
        with self._changed:
            until = self._clock() + seconds
            self._closed_until[host] = max(until, self._closed_until.get(host, until))

    def end(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _wait(self, host: str) -> float | None:
        """How long to wait for a host: None not at all, 0 until another request ends."""
        if self._busy[host] >= self._most:
            return 0
        left = self._closed_until.get(host, 0) - self._clock()
        return left if left > 0 else None
