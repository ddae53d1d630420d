"""SHA-256 of several messages side by side, in the lanes of the processor's vectors.

Where a processor has no instructions for SHA-256, one message keeps a core busy at less than half a GB/s, whatever else
the processor can do; eight messages at once go through the same core several times as fast. The compiled part is
optional: without it, and where the processor hashes by itself, hashlib does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

Bytes = bytes | bytearray | memoryview


class State(Protocol):
    """What has been hashed of one message; hashlib's have the same methods."""

    def update(self, piece: Bytes, /) -> None:
        """Take the next bytes."""

    def hexdigest(self) -> str:
        """The digest of all that was taken."""


class Compiled(Protocol):
    """The compiled part (``_sha256.pyi``)."""

    @property
    def WIDTH(self) -> int:  # noqa: N802 - a constant of the module
        """Messages that it takes at once."""

    def Sha256(self) -> State:  # noqa: N802 - a class of the module
        """A message of which nothing was taken yet."""

    def update(self, pieces: Iterable[tuple[Any, Bytes]]) -> None:
        """Take the next piece of each of some messages."""


def compiled() -> Compiled | None:
    """The compiled part, where it is there and this machine gains by it."""
    try:
        from airlock_core.lanes import _sha256
    except ImportError:
        return None
    return None if _sha256.PROCESSOR_HASHES or _sha256.WIDTH == 1 else _sha256
