"""How fast bytes may come: a token bucket, as values and times alone."""

from __future__ import annotations


class TokenBucket:
    """So many tokens a second, of which a few may be saved up.

    Tokens may be taken ahead of their time; who does so is told how long to wait. Takers are thus served in the order
    in which they ask, and what several of them take in all keeps to the rate.

    Args:
        rate: tokens a second.
        burst: tokens that an idle bucket holds at the most.
        now: the time in seconds, of a clock that never goes back.
    """

    def __init__(self, rate: float, *, burst: float, now: float) -> None:
        if rate <= 0:
            raise ValueError(f"not a rate: {rate}")
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, count: int, *, now: float) -> float:
        """Take tokens; the seconds to wait until they are due."""
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate) - count
        self._at = max(self._at, now)
        return max(0.0, -self._level / self._rate)
