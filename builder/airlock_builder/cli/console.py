"""Where the commands print: results to stdout, all else to stderr."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console as RichConsole

from airlock_builder.cli.sinks import Bars, Lines, ProgressSink
from airlock_core import strict_yaml
from airlock_core.errors import AirlockError


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
        self._err = RichConsole(
            stderr=True,
            force_terminal=True if color == "always" else None,
            no_color={"always": False, "never": True}.get(color),
            highlight=False,
        )
        self.times: dict[str, float] = {}

    def result(self, lines: Iterable[str], data: Any) -> None:
        """The command's result: lines for people, or the same facts as JSON."""
        text = strict_yaml.dump_json(data) if self.as_json else "".join(f"{relative(line)}\n" for line in lines)
        try:
            click.echo(text, nl=False)
        except BrokenPipeError:
            # the reader has what it wants, as `head` has; nothing more may be flushed into the pipe at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def note(self, text: str) -> None:
        """Something worth knowing that is no result."""
        if not self.quiet:
            self._print(text)

    def warning(self, fault: AirlockError) -> None:
        """A fault that does not stop the command."""
        head, *rest = fault.lines()
        self._print("\n".join([f"warning: {head}", *rest]), style="yellow")

    def error(self, error: AirlockError) -> None:
        """The failure that ends the command."""
        if self.as_json:
            click.echo(strict_yaml.dump_json({"error": error.to_json(), "exit": int(error.exit_code)}), nl=False)
        head, *rest = error.lines()
        self._print(f"error: {head}", style="bold red")
        if rest:
            self._print("\n".join(rest))

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressSink]:
        """Show the progress of one arrow of the pipeline, and keep the seconds that it took in :attr:`times`."""
        begin = time.monotonic()
        with self._sink() as sink:
            yield sink
        self.times[name] = time.monotonic() - begin
        self.note(f"{name}: done in {self.times[name]:.1f} s")

    def _sink(self) -> ProgressSink:
        if self.quiet:
            return ProgressSink()
        # not rich's own notion, which colours alone can force
        moving = sys.stderr.isatty() and not self._err.is_dumb_terminal
        return Bars(self._err) if moving else Lines()

    def _print(self, text: str, style: str | None = None) -> None:
        self._err.print(relative(text), style=style, markup=False, soft_wrap=True)


def relative(text: str) -> str:
    """A text in which paths under the current folder are written from there, as people type them."""
    here = str(Path.cwd())
    if here == "/":
        return text
    inside = re.sub(rf"(?<![\w./-]){re.escape(here)}/(?=[^\s/])", "", text)
    return re.sub(rf"(?<![\w./-]){re.escape(here)}(?![\w/-])", ".", inside)
