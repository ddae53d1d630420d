"""The signals that ask a run to end: Ctrl-C, and what a terminal or systemd sends."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def taken(handler: Handler) -> Iterator[None]:
    """Take the signals while the block runs, but those that whoever started us had ignored (nohup)."""
    heard = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
