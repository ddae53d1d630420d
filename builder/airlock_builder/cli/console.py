"""Where the commands print: results to stdout, all else to stderr; bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from airlock_core import strict_yaml
from airlock_core.errors import AirlockError
from airlock_core.progress import Step

_SHOWN = 48


class Console:
    """One command's output.

    Args:
        as_json: results are JSON, errors too.
        quiet: no progress, no notes.
        verbose: how much more to say; from 1 on, a defect shows its traceback.
        color: ``auto``, ``always`` or ``never``; ``NO_COLOR`` is honoured by ``auto``.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False, verbose: int = 0, color: str = "auto") -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        forced = {"always": True, "never": False}.get(color)
        self._err = RichConsole(
            stderr=True, force_terminal=forced, no_color=True if forced is False else None, highlight=False
        )
        self.times: dict[str, float] = {}

    def result(self, lines: Iterable[str], data: Any) -> None:
        """The command's result: lines for people, or the same facts as JSON."""
        click.echo(strict_yaml.dump_json(data) if self.as_json else "\n".join(lines), nl=not self.as_json)

    def note(self, text: str) -> None:
        """Something worth knowing that is no result."""
        if not self.quiet:
            self._err.print(text, markup=False, soft_wrap=True)

    def warning(self, fault: AirlockError) -> None:
        """A fault that does not stop the command."""
        head, *rest = fault.lines()
        self._err.print("\n".join([f"warning: {head}", *rest]), style="yellow", markup=False, soft_wrap=True)

    def error(self, error: AirlockError) -> None:
        """The failure that ends the command."""
        if self.as_json:
            click.echo(strict_yaml.dump_json({"error": error.to_json(), "exit": int(error.exit_code)}), nl=False)
        head, *rest = error.lines()
        self._err.print(f"error: {head}", style="bold red", markup=False, soft_wrap=True)
        if rest:
            self._err.print("\n".join(rest), markup=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressSink]:
        """Show the progress of one arrow of the pipeline, and keep the seconds that it took in :attr:`times`."""
        begin = time.monotonic()
        sink = self._sink()
        with sink:
            yield sink
        self.times[name] = time.monotonic() - begin
        self.note(f"{name}: done in {self.times[name]:.1f} s")

    def _sink(self) -> ProgressSink:
        if self.quiet:
            return ProgressSink()
        return Bars(self._err) if self._err.is_terminal else Lines()


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
    """A bar for each running subject, gone when it is finished, and the total below."""

    def __init__(self, console: RichConsole) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, step: Step) -> None:
        with self._lock:
            task = self._tasks.get(step.subject)
            if task is None:
                label = f"{step.stage}  {_shortened(step.subject)}"
                task = self._tasks[step.subject] = self._progress.add_task(label, total=None, amount="")
            self._progress.update(task, completed=step.done, total=step.total or None, amount=step.amount)
            if step.finished:
                self._progress.remove_task(self._tasks.pop(step.subject))


def _shortened(subject: str) -> str:
    return subject if len(subject) <= _SHOWN else f"…{subject[1 - _SHOWN :]}"
