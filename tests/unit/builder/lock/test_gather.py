"""Work done side by side, and requests with the options that make them."""

from __future__ import annotations

import pytest

from airlock_builder.lock.gather import MOST_FAULTS, Requests, gather
from airlock_core.errors import Faults, InputError


def test_results_keep_the_order_of_the_subjects() -> None:
    assert gather(lambda number: number * 2, range(20), jobs=4, what="failed") == list(range(0, 40, 2))


def test_all_faults_are_told_with_their_number_and_no_more_than_can_be_read() -> None:
    def fail(number: int) -> int:
        raise InputError(f"no {number}")

    with pytest.raises(Faults, match="50 failed") as caught:
        gather(fail, range(50), jobs=4, what="failed")
    assert len(caught.value.faults) == MOST_FAULTS


def test_an_interrupt_ends_the_work() -> None:
    ended: list[bool] = []

    def interrupted(number: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gather(interrupted, [1], jobs=2, what="failed", interrupt=lambda: ended.append(True))
    assert ended


def test_what_the_release_itself_asks_for_has_no_options() -> None:
    requests: Requests[str] = Requests()
    for key, option in (("a", "x"), ("b", "y"), ("b", "x"), ("a", None)):
        requests.add(key, option)
    assert requests.items() == [("a", ()), ("b", ("x", "y"))]
