"""Where the commands print: results to stdout, all else to stderr."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from airlock_builder.cli.sinks import Deferred, Lines, ProgressSink
from airlock_core.errors import AirlockError

_RED, _YELLOW, _PLAIN = "\x1b[1;31m", "\x1b[33m", "\x1b[0m"
_COLUMNS = 80
"""Where there is no terminal."""
_NARROWEST, _WIDEST = 60, 160
"""Columns between which text stays, whatever the terminal: lists need some, and no eye follows more."""


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
        self._color = color
        self.times: dict[str, float] = {}

    def result(self, lines: Iterable[str], data: Any) -> None:
        """The command's result: lines for people, or the same facts as JSON."""
        text = _json(data) if self.as_json else relative("".join(f"{line}\n" for line in lines))
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
        self._print("\n".join([f"warning: {head}", *rest]), style=_YELLOW)

    def error(self, error: AirlockError) -> None:
        """The failure that ends the command."""
        if self.as_json:
            click.echo(_json({"error": error.to_json(), "exit": int(error.exit_code)}), nl=False)
        head, *rest = error.lines()
        self._print(f"error: {head}", style=_RED)
        if rest:
            self._print("\n".join(rest))

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressSink]:
        """Show the progress of one arrow of the pipeline, and keep the seconds that it took in :attr:`times`."""
        begin = time.monotonic()
        sink = self._sink()
        try:
            with sink:
                yield sink
        finally:
            self.times[name] = time.monotonic() - begin
            total = sink.closing()
            if total:
                self.note(total)
        if not total:
            self.note(f"{name}: done in {self.times[name]:.1f} s")

    def _sink(self) -> ProgressSink:
        if self.quiet:
            return ProgressSink()
        # a log between the frames would tear them
        return Deferred(self._screen) if _is_moving() and not self.verbose else Lines()

    def _screen(self) -> ProgressSink:
        from rich.console import Console as RichConsole

        from airlock_builder.cli.screen import Screen

        return Screen(RichConsole(stderr=True, no_color=not self._is_colored(), highlight=False))

    def _is_colored(self) -> bool:
        if self._color == "auto":
            return _is_moving() and not os.environ.get("NO_COLOR")
        return self._color == "always"

    def _print(self, text: str, style: str = "") -> None:
        shown = relative(text)
        # not through click, which knows terminals alone
        sys.stderr.write(f"{style}{shown}{_PLAIN}\n" if style and self._is_colored() else f"{shown}\n")


def columns(stream: TextIO) -> int:
    """The columns that text for a stream may take."""
    try:
        wide = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal, or no file at all
        return _COLUMNS
    return min(max(wide, _NARROWEST), _WIDEST) if wide else _COLUMNS  # a terminal may not know its own


def _is_moving() -> bool:
    """Whether what is shown may move and be coloured: a terminal that can do it."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def _json(data: Any) -> str:
    from airlock_core.strict_yaml import dump_json

    return dump_json(data)


def relative(text: str) -> str:
    """A text in which paths under the current folder are written from there, as people type them."""
    here = str(Path.cwd())
    if here == "/" or here not in text:
        return text
    inside = re.sub(rf"(?<![\w./-]){re.escape(here)}/(?=[^\s/])", "", text)
    return re.sub(rf"(?<![\w./-]){re.escape(here)}(?![\w/-])", ".", inside)
