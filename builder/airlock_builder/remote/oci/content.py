"""What is pushed: bytes in memory, or a stretch of a file, read as often as it takes to send them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from airlock_core.errors import VerificationError

_PIECE = 256 << 10


class Content(Protocol):
    """Bytes of a known number."""

    @property
    def size(self) -> int:
        """How many there are."""

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """``length`` of them, from ``start`` on."""


@dataclass(frozen=True)
class Text:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.data)

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """``length`` of them, from ``start`` on."""
        yield self.data[start : start + length]


@dataclass(frozen=True)
class Stretch:
    """``size`` bytes of a file, from ``offset`` on."""

    path: Path
    offset: int
    size: int

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """``length`` of them, from ``start`` on.

        Raises:
            VerificationError: the file has become shorter.
        """
        with self.path.open("rb") as file:
            file.seek(self.offset + start)
            while length and (piece := file.read(min(_PIECE, length))):
                length -= len(piece)
                yield piece
        if length:
            raise VerificationError("became shorter while it was read", where=str(self.path), todo="run again")
