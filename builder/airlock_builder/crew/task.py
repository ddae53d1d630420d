"""One thing to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One thing to do.

    Args:
        subject: what it is, for progress and errors.
        size: bytes, to begin with the largest.
        work: does it; raises AirlockError.
        host: the ``host[:port]`` that is asked for it; empty where none is.
    """

    subject: str
    size: int
    work: Callable[[], None]
    host: str = ""
