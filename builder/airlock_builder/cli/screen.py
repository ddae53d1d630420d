"""Progress on a terminal: what is under way, each on a line, below a line that tells all in all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rich.console import Console as RichConsole
from rich.text import Text

from airlock_builder.cli import layout
from airlock_builder.cli.sinks import ProgressSink, told
from airlock_builder.cli.tally import Tally
from airlock_core.frames import Frames, Moving
from airlock_core.progress import Event, Notice, Outset

_SECONDS = 0.125
"""Between two frames."""
_NOTICES = 10
"""Notices that stay on the screen; more are only counted."""


class Screen(ProgressSink):
    """A display that follows the terminal's size, and is gone in the end but for what went wrong on the way.

    Args:
        console: the terminal.
        clock: seconds, of a clock that never goes back.
    """

    def __init__(self, console: RichConsole, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._bar = ("━", "─") if "utf" in console.encoding.lower() else ("#", "-")
        self._tally = Tally(clock())
        self._notices = 0
        self._frames = Frames(console)
        self._lock = threading.Lock()
        self._moving = Moving(self._frames, self.draw, self._lock, _SECONDS)

    def __enter__(self) -> Screen:
        self._moving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._moving.__exit__()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._tally.take(event, self._clock())
            line = self._stays(event)
            if line:
                self._frames.keep(line)

    def closing(self) -> str:
        with self._lock:
            return self._tally.total(self._clock())

    def draw(self) -> None:
        """Draw one frame over the last."""
        with self._lock:
            width, height = self._console.size
            head = Text(layout.head(self._tally, width, self._clock()), style="bold")
            self._frames.draw([head, *map(self._row, layout.rows(self._tally, width, height - 2))])

    def _stays(self, event: Event) -> str:
        """The line that an event leaves on the screen; empty for most."""
        if isinstance(event, Outset):
            return self._tally.present()
        if not isinstance(event, Notice):
            return ""
        self._notices += 1
        if self._notices == _NOTICES:
            return f"{self._tally.stage}  further retries are only counted"
        return told(self._tally.stage, event) if self._notices < _NOTICES else ""

    def _row(self, row: layout.Row) -> Text:
        text = Text(row.text)
        if row.bar is not None:
            text.append(self._bar[0] * row.bar, style="green")
            text.append(self._bar[1] * (layout.BAR - row.bar), style="dim")
        return text
