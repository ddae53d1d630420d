"""How long to wait for a server: as long as it asks, and not for one that hardly sends anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SLOWEST = 1000
"""Bytes a second that a connection must bring, as dnf's ``minrate``."""
SPAN = 30.0
"""Seconds of waiting over which that is measured, as dnf's ``timeout``."""


def asked_pause(headers: Mapping[str, str]) -> float:
    """The seconds that an answer's ``Retry-After`` asks for; 0 where it asks for none.

    Both forms are read, seconds and a date (RFC 9110, 10.2.3). A date is compared with the answer's own ``Date``: the
    two clocks need not agree.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _date(text)
    if until is None:
        return 0
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Crawl:
    """Notices a connection that is alive and yet brings hardly anything.

    Only the time that was spent waiting for the server counts, not that which the client itself takes.

    Args:
        slowest: bytes a second at the least.
        span: seconds of waiting over which that is measured.
    """

    def __init__(self, slowest: float = SLOWEST, span: float = SPAN) -> None:
        self._slowest = slowest
        self._span = span
        self._bytes = 0
        self._waited = 0.0

    def came(self, count: int, *, waited: float) -> bool:
        """Note that ``count`` bytes came after ``waited`` seconds; whether the connection only crawls."""
        self._bytes += count
        self._waited += waited
        if self._waited < self._span:
            return False
        crawls = self._bytes < self._slowest * self._waited
        self._bytes, self._waited = 0, 0.0
        return crawls
