"""A large primary.xml as two documents, which two processes can read at once: the same root, some of the packages each.

The first ends, and the second begins, before the first package behind a certain place. Whoever reads the second has
looked at all of the document; together they are what the whole is.
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
_FIRST = 0.58
"""Of the bytes: what is read of the second has to be handed over too, which takes a quarter of the reading."""
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
    place = int(document.open_size * _FIRST)
    first = partial(_write_first, document, place)
    return first, partial(_write_second, document, place, beginning[: root.end()])


class _Enough(Exception):
    pass


def _write_first(document: Document, place: int, target: BinaryIO) -> None:
    cut = _Cut(target.write, _end, place)
    checked = shape.Checked(cast(BinaryIO, cut), where=document.where)
    try:
        document.write(cast(BinaryIO, checked))
        checked.finish()
    except _Enough:
        target.write(b"</metadata>\n")


def _end(piece: bytes) -> None:
    raise _Enough


def _write_second(document: Document, place: int, root: bytes, target: BinaryIO) -> None:
    target.write(root)
    cut = _Cut(len, target.write, place)
    checked = shape.Checked(cast(BinaryIO, cut), where=document.where)
    document.write(cast(BinaryIO, checked))
    checked.finish()
    if not cut.reached:
        target.write(b"</metadata>\n")


class _Cut:
    """Hands on what comes before a place to one, what comes behind it to another; no piece ends within a tag."""

    def __init__(self, before: Callable[[bytes], object], behind: Callable[[bytes], object], place: int) -> None:
        self._before = before
        self._behind = behind
        self._left = place
        self.reached = False

    def write(self, piece: bytes) -> int:
        if self.reached:
            self._behind(piece)
            return len(piece)
        found = piece.find(_PACKAGE, max(self._left, 0))
        self.reached = found >= 0
        self._left -= len(piece)
        self._before(piece[:found] if self.reached else piece)
        if self.reached:
            self._behind(piece[found:])
        return len(piece)
