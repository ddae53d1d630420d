"""How progress looks: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from airlock_core.progress import Step

_BAR = 16
"""Columns of a bar: with amount and time, half of a terminal of 80 columns is left for the subject."""
_ROOM = 72
"""Columns of a terminal below which a bar would take the subject's place."""


class ProgressSink:
    """Takes steps and shows nothing; the base of those that show."""

    def __call__(self, step: Step) -> None:
        """Take one step; from any thread."""

    def __enter__(self) -> ProgressSink:
        return self

    def __exit__(self, *_: object) -> None:
        """End the display."""


class Lines(ProgressSink):
    """A plain line for each finished subject: ``fetch  chrony-4.5-1.el8.x86_64.rpm  330.1 KiB``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, step: Step) -> None:
        if not step.finished:
            return
        with self._lock:
            sys.stderr.write(f"{step.stage}  {step.subject}  {step.amount}".rstrip() + "\n")


class Bars(ProgressSink):
    """A bar for each running subject, gone when it is finished, below a line that counts what is done."""

    def __init__(self, console: RichConsole) -> None:
        columns = (
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
            *([BarColumn(bar_width=_BAR)] if console.width >= _ROOM else []),
            TextColumn("{task.fields[amount]}", table_column=Column(no_wrap=True, justify="right")),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
        )
        self._progress = Progress(*columns, console=console, transient=True, expand=True)
        self._tasks: dict[str, TaskID] = {}
        self._finished = 0
        self._head: TaskID | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, step: Step) -> None:
        with self._lock:
            if self._head is None:
                self._head = self._progress.add_task(step.stage, total=None, amount="")
            task = self._tasks.get(step.subject)
            if task is None:
                label = f"  {_end_of(step.subject)}"
                task = self._tasks[step.subject] = self._progress.add_task(label, total=None, amount="")
            amount = step.amount if step.done or step.total else ""
            self._progress.update(task, completed=step.done, total=step.total or None, amount=amount)
            if step.finished:
                self._progress.remove_task(self._tasks.pop(step.subject))
                self._finished += 1
            self._progress.update(self._head, description=step.stage, amount=f"{self._finished} done")


def _end_of(subject: str) -> str:
    """What tells one subject from another: an image's name without its digest, a URL's last part."""
    return subject.partition("@sha256:")[0] if "@sha256:" in subject else subject.rstrip("/").rpartition("/")[2]
