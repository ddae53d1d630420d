"""The lines of a display, each made to fit its terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from airlock_builder.cli.tally import Tally
from airlock_core.progress import Step
from airlock_core.sizes import out_of
from airlock_core.values import Value

BAR = 12
"""Columns of a bar."""
_ROOM_FOR_BAR = 72
"""Columns of a terminal below which a bar would take the subject's place."""
_ROOM_FOR_AMOUNT = 44
_AMOUNT = 19
"""Columns of ``999.9 of 1000.0 MiB``."""


class Row(Value):
    """What is under way, on one line.

    Args:
        text: its name and how far it is.
        bar: how much of a bar is full, in columns; None where there is no bar.
    """

    text: str
    bar: int | None = None


def head(tally: Tally, width: int, now: float) -> str:
    """The line that tells all in all; where it does not fit, what matters least is left out."""
    fields = tally.fields(now)
    while sum(len(text) + 2 for _, text in fields) - 2 > width and max(fields)[0]:
        fields.remove(max(fields, key=lambda field: field[0]))
    return "  ".join(text for _, text in fields)[:width]


def rows(tally: Tally, width: int, most: int) -> list[Row]:
    """What is under way, the longest first; what has no room is counted."""
    current = list(tally.current.values())
    if len(current) <= most:
        return [_row(step, width) for step in current]
    if most < 1:
        return []
    shown = [_row(step, width) for step in current[: most - 1]]
    return [*shown, Row(f"  and {len(current) - most + 1} more"[:width])]


def label(subject: str) -> str:
    """What tells one subject from another: an image's name without its digest, a URL's last part."""
    end = subject.partition("@sha256:")[0] if "@sha256:" in subject else subject.rstrip("/").rpartition("/")[2]
    return printable(end, narrow=True)


def printable(text: str, *, narrow: bool = False) -> str:
    """A text without what would steer a terminal, since names come from upstream.

    Args:
        narrow: without what takes two columns, too.
    """
    return "".join(char if _is_plain(char, narrow=narrow) else "?" for char in text)


def _is_plain(char: str, *, narrow: bool) -> bool:
    return char.isprintable() and not (narrow and unicodedata.east_asian_width(char) in "WF")


def _row(step: Step, width: int) -> Row:
    if width < _ROOM_FOR_AMOUNT:
        return _columns(step, width, [_percent(step)])
    amount = f"{_amount(step):>{_AMOUNT}}"
    if width < _ROOM_FOR_BAR or not step.total:
        return _columns(step, width, [amount])
    full = min(BAR, BAR * step.done // step.total)
    return Row(_columns(step, width - BAR - 2, [amount]).text + "  ", full)


def _amount(step: Step) -> str:
    if step.unit or not step.total:
        return step.amount if step.done else ""
    return out_of(step.done, step.total)


def _percent(step: Step) -> str:
    return f"{100 * min(step.done, step.total) // step.total:>3} %" if step.total else ""


def _columns(step: Step, width: int, others: Sequence[str]) -> Row:
    tail = "".join(f"  {other}" for other in others if other)
    room = max(0, width - len(tail) - 2)
    return Row(f"  {_shortened(label(step.subject), room):<{room}}{tail}"[:width])


def _shortened(text: str, room: int) -> str:
    """A name in so many columns: its middle left out, since the beginning says what and the end says which."""
    if len(text) <= room:
        return text
    if room < 8:
        return text[:room]
    end = (room - 3) // 2
    return f"{text[: room - 3 - end]}...{text[-end:]}"
