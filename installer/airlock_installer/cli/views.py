"""How steps are told: as they happen on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from airlock_installer.cli import frame
from airlock_installer.cli.frame import clock
from airlock_installer.steps import events
from airlock_installer.steps.events import (
    Event,
    GateBegun,
    NodeTold,
    Note,
    Planned,
    Printed,
    Recap,
    StepBegun,
    StepEnded,
    TaskBegun,
    Watch,
)
from airlock_installer.steps.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console

_SECONDS = 0.125
"""Between two frames."""
_NEWS = (events.CHANGED, events.FAILED, events.UNREACHABLE, events.IGNORED)
_GOOD = ("done", "skipped", "told")


class Lines:
    """A plain line for what happens, its columns parted by two spaces: time, step, what, and of whom or what.

    Ansible's recap is printed as Ansible does, since people look for it.

    Args:
        write: takes a line.
        ansible: whether all that Ansible prints is told, too.
    """

    def __init__(self, write: Callable[[str], None], *, ansible: bool) -> None:
        self._write, self._ansible = write, ansible
        self._step, self._is_gate = "", False

    def __call__(self, event: Event) -> None:
        """Tell an event, where it is news."""
        if isinstance(event, Recap) or (isinstance(event, Printed) and self._ansible):
            for line in event.lines:
                self._write(line)
        elif isinstance(event, Planned):
            for name, title, breaks, seconds in event.steps:
                warning = f"; may disturb {breaks}" if breaks and not event.is_dry else ""
                self._tell(name, "planned", f"{title}: about {clock(seconds)}{warning}")
        else:
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, StepBegun):
            self._step, self._is_gate = event.step, False
            self._tell(event.step, "begin", f"run {event.run}" if event.run else "done before: its gate alone")
        elif isinstance(event, Note):
            self._tell(event.step or "-", "note", event.text)
        elif isinstance(event, GateBegun):
            self._is_gate = True
            self._tell(event.step, "gate", "looks")
        elif isinstance(event, StepEnded):
            self._tell(event.step, event.how, f"{clock(event.seconds)}  {event.text}".rstrip())
        elif isinstance(event, TaskBegun) and not self._is_gate:
            self._tell(self._step, "task", event.name)
        elif isinstance(event, NodeTold) and event.result in _NEWS and not self._is_gate:
            self._tell(self._step, event.result, "  ".join([event.node, event.task, *event.why.splitlines()[:1]]))

    def _tell(self, step: str, what: str, text: str) -> None:
        self._write(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}  {step}  {what}  {text}")


class Live:
    """A display that moves, below the lines that stay: notes, what went wrong, Ansible's recap, how steps ended."""

    def __init__(self, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        from airlock_core.frames import Frames, Moving

        self._console, self._now = console, now
        self._frames = Frames(console)
        self._plain = "utf" not in console.encoding.lower()
        self._progress = Progress(now())
        self._lock = threading.Lock()
        self._moving = Moving(self._frames, self.draw, self._lock, _SECONDS)

    def __enter__(self) -> Live:
        self._moving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._moving.__exit__()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        from rich.text import Text

        with self._lock:
            self._progress.take(event, self._now())
            for text, style in _staying(event, self._progress):
                self._frames.keep(Text(text, style))

    def draw(self) -> None:
        """Draw one frame over the last."""
        from rich.text import Text

        with self._lock:
            width, height = self._console.size
            if self._progress.steps:
                lines = frame.lines(self._progress, width, height, self._now(), plain=self._plain)
                self._frames.draw([Text(line.text, line.style) for line in lines])


def _staying(event: Event, progress: Progress) -> Iterator[tuple[str, str]]:
    """The lines that an event leaves on the screen, with their styles."""
    if isinstance(event, Note):
        yield f"{event.step}: {event.text}" if event.step else event.text, "yellow"
    elif isinstance(event, Planned):
        yield from ((f"{name}: may disturb {breaks}", "yellow") for name, _, breaks, _ in event.steps if breaks)
    elif isinstance(event, Recap):
        yield from ((line, "") for line in event.lines)
    elif isinstance(event, StepEnded):
        good = event.how in _GOOD
        yield f"{event.step}: {event.how} in {clock(event.seconds)}; {event.text}", "green" if good else "red"
    elif isinstance(event, NodeTold) and event.result in (events.FAILED, events.UNREACHABLE) and not progress.in_gate:
        why = event.why.splitlines()[0] if event.why else ""
        yield f"{event.node}: {event.result}: {event.task}: {why}", "red"


@contextlib.contextmanager
def view(write: Callable[[str], None], *, ansible: bool, moving: bool) -> Iterator[Watch]:
    """Where events are told while the block runs.

    Args:
        write: takes a plain line.
        ansible: whether all that Ansible prints is told.
        moving: whether a display may move, where standard output is a terminal that can do it.
    """
    if not (
        moving and not ansible and sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    ):
        yield Lines(write, ansible=ansible)
        return
    from rich.console import Console

    with Live(Console(no_color=bool(os.environ.get("NO_COLOR")), highlight=False)) as live:
        yield live
