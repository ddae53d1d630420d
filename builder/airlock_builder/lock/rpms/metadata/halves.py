"""A large primary.xml as two documents, which two processes can read at once: the same root, half of the packages each.

The first ends, and the second begins, before the first package behind the middle. Whoever reads the second has looked
at all of the document; together they are what the whole is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, cast

from airlock_builder.lock.rpms.metadata import shape
from airlock_builder.lock.rpms.metadata.document import Document

Write = Callable[[BinaryIO], object]
LARGE = 16 << 20
"""Bytes unpacked from which it is worth it: to read as many takes libsolv a third of a second."""
_ROOT = re.compile(rb"<metadata\s[^<]*(?=<package\s)")
_PACKAGE = b"<package "


def halves(document: Document, beginning: bytes) -> tuple[Write, Write] | None:
    """What writes the first half, and what writes the second; None for a document that is small or looks unusual.

    Args:
        beginning: its first bytes.
    """
    root = _ROOT.search(beginning)
    if document.open_size is None or document.open_size < LARGE or root is None:
        return None
    middle = document.open_size // 2
    first = partial(_write_first, document, middle)
    return first, partial(_write_second, document, middle, beginning[: root.end()])


class _Enough(Exception):
    pass


def _write_first(document: Document, middle: int, target: BinaryIO) -> None:
    cut = _Cut(target.write, _end, middle)
    checked = shape.Checked(cast(BinaryIO, cut), where=document.where)
    try:
        document.write(cast(BinaryIO, checked))
        checked.finish()
    except _Enough:
        target.write(b"</metadata>\n")


def _end(piece: bytes) -> None:
    raise _Enough


def _write_second(document: Document, middle: int, root: bytes, target: BinaryIO) -> None:
    target.write(root)
    cut = _Cut(len, target.write, middle)
    checked = shape.Checked(cast(BinaryIO, cut), where=document.where)
    document.write(cast(BinaryIO, checked))
    checked.finish()
    if not cut.reached:
        target.write(b"</metadata>\n")


class _Cut:
    """Hands on what comes before a place to one, what comes behind it to another; no piece ends within a tag."""

    def __init__(self, before: Callable[[bytes], object], behind: Callable[[bytes], object], middle: int) -> None:
        self._before = before
        self._behind = behind
        self._left = middle
        self.reached = False

    def write(self, piece: bytes) -> int:
        place = len(piece) if not self.reached else 0
        if not self.reached and self._left < len(piece):
            found = piece.find(_PACKAGE, max(self._left, 0))
            self.reached = found >= 0
            place = found if self.reached else len(piece)
        self._left -= len(piece)
        if place:
            self._before(piece[:place])
        if self.reached:
            self._behind(piece[place:])
        return len(piece)
