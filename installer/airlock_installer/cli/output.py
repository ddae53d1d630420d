"""The one place that prints: results to stdout, all else to stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import click

from airlock_core.errors import AirlockError
from airlock_core.progress import Event, Outset, Step
from airlock_core.sizes import human

_GOOD, _BAD = "green", "red"


class Output:
    """How one command tells what it has to tell.

    Args:
        as_json: the result is one JSON object, and nothing else is on stdout.
        quiet: errors alone on stderr.
        verbose: all that there is to tell.
    """

    def __init__(self, as_json: bool, quiet: bool, verbose: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose

    def result(self, data: Any, lines: Iterable[str]) -> None:
        """The command's result: data for programs, lines for people."""
        if self.as_json:
            click.echo(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False))
        elif not self.quiet:
            for line in lines:
                click.echo(line)

    def failure(self, error: AirlockError, data: Mapping[str, Any], lines: Iterable[str] = ()) -> NoReturn:
        """The result of a command that looked and found something wrong: one object has both."""
        self.result({**data, **_told(error)}, lines)
        complain(error, as_json=False)
        raise click.exceptions.Exit(error.exit_code)

    def line(self, text: str) -> None:
        """A line of a long command's own output, as it comes."""
        if not self.quiet:
            click.echo(text, err=self.as_json)

    def step(self, name: str) -> None:
        """What a command of several parts does next, on a terminal alone."""
        if not self.quiet and sys.stderr.isatty():
            click.echo(f"… {name}", err=True)

    def progress(self, event: Event) -> None:
        """Progress of long work: what there is to do, then each finished subject on a line, on a terminal alone."""
        if self.quiet or not sys.stderr.isatty():
            return
        if isinstance(event, Outset):
            left = event.size - event.present_size
            lacking = f", {human(left)} of it to load" if left else ", all there already"
            click.echo(f"{event.stage}: {event.files} images, {human(event.size)}{lacking}", err=True)
        elif isinstance(event, Step) and event.finished:
            far = f"  {human(event.done)} of {human(event.total)}" if event.done < event.total else ""
            click.echo(f"{event.stage}: {event.subject}{far}", err=True)


def counted(images: int, attached: int) -> str:
    """How many images, and apart from them what is attached to them: signatures, SBOMs, lists of them."""
    words = [(images, "image"), *([(attached, "attached artifact")] if attached else [])]
    return " and ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in words)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns."""
    if not rows:
        return []
    widths = [max(len(click.unstyle(row[column])) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _pad(cell: str, width: int) -> str:
    return cell + " " * (width - len(click.unstyle(cell)))


def mark(text: str, *, good: bool) -> str:
    """A word in green or red, where colours are wanted (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return click.style(text, fg=_GOOD if good else _BAD)


def complain(error: AirlockError, as_json: bool) -> None:
    """Tell a failure: what, where, why, what to do."""
    if as_json:
        click.echo(json.dumps(_told(error), indent=2, sort_keys=True, ensure_ascii=False))
    for number, line in enumerate(error.lines()):
        click.echo(f"error: {line}" if number == 0 else line, err=True)
    logging.getLogger("airlock").debug("traceback", exc_info=error)


def _told(error: AirlockError) -> dict[str, Any]:
    """A failure for programs (docs/formats.md, "Exit codes")."""
    return {"error": error.to_json(), "exit": int(error.exit_code)}


def verbose() -> None:
    """Show the log, exact command lines included, on stderr."""
    logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s", stream=sys.stderr)
