"""Ages as people say them."""

from __future__ import annotations

import pytest

from airlock_core.ages import ago


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (86_400, "1 day ago"),
        (12.5 * 86_400, "12 days ago"),
    ],
)
def test_a_time_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert ago(seconds) == words
