"""How progress is told where it does not move, and when what moves is made."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from airlock_builder.cli.layout import printable
from airlock_builder.cli.tally import Tally
from airlock_core.progress import Event, Notice, Outset


class ProgressSink:
    """Takes events and shows nothing; the base of those that show."""

    def __call__(self, event: Event) -> None:
        """Take one event; from any thread."""

    def __enter__(self) -> ProgressSink:
        return self

    def __exit__(self, *_: object) -> None:
        """End the display."""

    def closing(self) -> str:
        """What the stage came to, as a line to end with; empty where the events did not tell."""
        return ""


class Lines(ProgressSink):
    """A plain line for each finished subject: ``fetch  chrony-4.5-1.el8.x86_64.rpm  330.1 KiB``.

    Columns are parted by two spaces: stage, subject, amount. What went wrong on the way has a line too, the subject's
    third column telling it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tally = Tally(clock())
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._tally.take(event, self._clock())
            line = self._line(event)
            if line:
                sys.stderr.write(f"{line}\n")

    def closing(self) -> str:
        with self._lock:
            return self._tally.total(self._clock())

    def _line(self, event: Event) -> str:
        if isinstance(event, Notice):
            return told(self._tally.stage, event)
        if isinstance(event, Outset):
            return self._tally.present()
        if event.finished:
            return f"{event.stage}  {printable(event.subject)}  {event.amount}".rstrip()
        return f"{event.stage}  {printable(event.subject)}  failed" if event.failed else ""


def told(stage: str, notice: Notice) -> str:
    """A notice as a line."""
    return printable("  ".join(part for part in (stage, notice.subject, notice.text) if part))


class Deferred(ProgressSink):
    """A display that is made with the first event: a command that tells none does not wait for the display's library.

    Args:
        make: the display.
    """

    def __init__(self, make: Callable[[], ProgressSink]) -> None:
        self._make = make
        self._shown: ProgressSink | None = None
        self._lock = threading.Lock()

    def __exit__(self, *error: object) -> None:
        if self._shown:
            self._shown.__exit__(*error)

    def closing(self) -> str:
        return self._shown.closing() if self._shown else ""

    def __call__(self, event: Event) -> None:
        with self._lock:
            if self._shown is None:
                self._shown = self._make().__enter__()
        self._shown(event)
