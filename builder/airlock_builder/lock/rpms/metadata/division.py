"""Large primary.xml files divided between two processes, which read them at once: one the first, one what is behind.

Where the cut falls into a document, each gets a document of the same root with some of the packages: the first ends,
and the second begins, before the first package behind a certain place. Together they are what the whole is; each is
looked at by whom it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import BinaryIO, cast

from airlock_builder.lock.rpms.metadata import shape
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_core.values import Value

Write = Callable[[BinaryIO], object]
LARGE = 8 << 20
"""Bytes unpacked, of all documents, from which it is worth it: to read as many takes libsolv a sixth of a second."""
_FIRST = 0.66
"""Of the bytes: what the second process reads has to be handed over too, which takes a quarter of the reading."""
_PACKED = 10
"""How many times its bytes a document is taken to unpack to, where nobody says."""
_ROOT = re.compile(rb"<metadata\s[^<]*(?=<package\s)")
_PACKAGE = b"<package "


class Share(Value):
    """One document's part for each process, as what writes it; None: nothing of it."""

    here: Write | None
    beside: Write | None = None


def whole(document: Document) -> Share:
    """All of a document in this process."""
    return Share(partial(written, document))


def divided(documents: Iterable[Document]) -> Iterator[Share]:
    """Each document's share; what is to be read here comes before all that is read beside.

    Raises:
        VerificationError: a document is damaged at its beginning.
    """
    sized = [(document, document.open_size or _PACKED * document.path.stat().st_size) for document in documents]
    total = sum(size for _, size in sized)
    left = int(total * _FIRST) if total >= LARGE else total
    for document, size in sized:
        yield _share(document, size, left)
        left -= size


def _share(document: Document, size: int, left: int) -> Share:
    """A document's share, of whose bytes so many are left for this process."""
    if left >= size:
        return whole(document)
    if left <= 0:
        return Share(None, partial(written, document))
    beginning = document.beginning()
    root = _ROOT.search(beginning)
    if root is None:  # empty, or unusual
        return whole(document)
    return Share(partial(_write_first, document, left), partial(_write_second, document, left, beginning[: root.end()]))


def written(document: Document, target: BinaryIO) -> None:
    """Write a document, looked at piece by piece.

    Raises:
        VerificationError: damaged, or out of all proportion.
    """
    checked = shape.Checked(target, where=document.where)
    document.write(cast(BinaryIO, checked))
    checked.finish()


class _Enough(Exception):
    pass


def _write_first(document: Document, place: int, target: BinaryIO) -> None:
    checked = shape.Checked(target, where=document.where)
    cut = _Cut(checked.write, _end, place)
    try:
        document.write(cast(BinaryIO, cut))
        cut.finish()
    except _Enough:
        checked.write(b"</metadata>\n")
    checked.finish()


def _end(piece: bytes) -> None:
    raise _Enough


def _write_second(document: Document, place: int, root: bytes, target: BinaryIO) -> None:
    checked = shape.Checked(target, where=document.where)
    checked.write(root)
    cut = _Cut(len, checked.write, place)
    document.write(cast(BinaryIO, cut))
    cut.finish()
    if not cut.reached:
        checked.write(b"</metadata>\n")
    checked.finish()


class _Cut:
    """Hands on what comes before a place to one, what comes behind it to another; a package begins there."""

    def __init__(self, before: Callable[[bytes], object], behind: Callable[[bytes], object], place: int) -> None:
        self._before = before
        self._behind = behind
        self._left = place
        self._rest = b""
        self.reached = False

    def write(self, data: bytes) -> int:
        """Take what comes next."""
        if self.reached:
            self._behind(data)
        elif self._left > len(data) + len(self._rest):
            self._pass(data)
        else:
            self._look(self._rest + data)
        return len(data)

    def finish(self) -> None:
        """That was all."""
        self._before(self._rest)
        self._rest = b""

    def _pass(self, data: bytes) -> None:
        self._before(self._rest)
        self._left -= len(self._rest)
        self._rest = data

    def _look(self, data: bytes) -> None:
        """Cut before the first package behind the place; what may be half a tag is looked at with what comes next."""
        found = data.find(_PACKAGE, max(self._left, 0))
        self.reached = found >= 0
        end = found if self.reached else max(len(data) - len(_PACKAGE), 0)
        self._before(data[:end])
        self._left -= end
        self._rest = b"" if self.reached else data[end:]
        if self.reached:
            self._behind(data[end:])
