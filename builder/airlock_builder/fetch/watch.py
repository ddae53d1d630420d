"""Progress of work that does not tell any itself: looked at from beside it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_SECONDS = 0.5
"""Between two looks."""


@contextlib.contextmanager
def watching(measure: Callable[[], int], tell: Callable[[int], None]) -> Iterator[None]:
    """Measure again and again how far the block has come, and tell it.

    Args:
        measure: bytes so far; may find its files gone while it looks.
        tell: told of them.
    """
    over = threading.Event()

    def look() -> None:
        while not over.wait(_SECONDS):
            with contextlib.suppress(FileNotFoundError):
                tell(measure())

    thread = threading.Thread(target=look, name="watch", daemon=True)
    tell(0)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
