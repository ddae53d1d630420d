"""Tasks done side by side."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from airlock_builder.crew.crew import MOST_FAULTS, run_all
from airlock_builder.crew.task import Task
from airlock_core.errors import AirlockError, MachineError, UpstreamError


def nothing() -> None:
    """No interrupt is expected."""


class Together:
    """Work that waits until as many as expected are at work at once."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)
        self._lock = threading.Lock()
        self._now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def task(self, host: str, number: int) -> Task:
        def work() -> None:
            with self._lock:
                self._now[host] += 1
                self.most[host] = max(self.most[host], self._now[host])
            self._barrier.wait(10)
            with self._lock:
                self._now[host] -= 1

        return Task(f"{host}{number}", number, work, host)


def test_so_much_is_done_at_once_and_so_much_of_a_host() -> None:
    together = Together(4)
    tasks = [together.task(host, number) for host in ("a", "b") for number in range(8)]
    assert run_all(tasks, jobs=4, per_host=2, interrupt=nothing) == []
    assert together.most == {"a": 2, "b": 2}


def test_nothing_to_do_ends_at_once() -> None:
    assert run_all([], jobs=4, per_host=2, interrupt=nothing) == []


def failing(fault: AirlockError, done: list[str], name: str) -> Task:
    def work() -> None:
        done.append(name)
        raise fault

    return Task(name, 0, work)


def test_one_failure_keeps_no_other_from_being_done_and_all_are_told_by_subject() -> None:
    done: list[str] = []
    tasks = [failing(UpstreamError(name), done, name) for name in ("c", "a", "b")]
    assert [fault.what for fault in run_all(tasks, jobs=2, per_host=2, interrupt=nothing)] == ["a", "b", "c"]


def test_two_of_one_name_are_both_told() -> None:
    tasks = [failing(UpstreamError(what), [], "same") for what in ("x", "y")]
    assert len(run_all(tasks, jobs=1, per_host=2, interrupt=nothing)) == 2


@pytest.mark.parametrize(
    ("fault", "tried"), [(MachineError("no space"), 1), (UpstreamError("down"), MOST_FAULTS)], ids=["space", "many"]
)
def test_what_would_fail_all_others_too_ends_the_work(fault: AirlockError, tried: int) -> None:
    done: list[str] = []
    tasks = [failing(fault, done, f"{number:03}") for number in range(100)]
    assert len(run_all(tasks, jobs=1, per_host=1, interrupt=nothing)) == tried
    assert len(done) == tried


def test_a_defect_is_not_lost() -> None:
    def work() -> None:
        raise ZeroDivisionError

    interrupted = threading.Event()
    with pytest.raises(ZeroDivisionError):
        run_all([Task("a", 0, work)], jobs=3, per_host=1, interrupt=interrupted.set)
    assert interrupted.is_set()
