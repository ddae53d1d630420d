"""Threads that work beside the one that reads."""

from __future__ import annotations

import threading

import pytest

from airlock_core.errors import VerificationError
from airlock_installer.serve.crew import Crew


class Counted:
    """Work that counts how many do it at the same time, until as many as are waited for have met."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self._changed = threading.Condition()
        self._free = False

    def __call__(self) -> None:
        with self._changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._free)
            self.now -= 1

    def meet(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.now == count, 60)

    def free(self) -> None:
        with self._changed:
            self._free = True
            self._changed.notify_all()


def test_few_work_at_first_and_all_once_the_crew_is_widened() -> None:
    work = Counted()
    with Crew(2, 5) as crew:
        for _ in range(9):
            crew.submit(work)
        work.meet(2)
        assert work.most == 2
        crew.widen()
        crew.widen()
        work.meet(5)
        work.free()
        crew.wait()
    assert work.most == 5


def test_a_crew_of_one_works_in_order() -> None:
    done: list[int] = []
    with Crew(1, 1) as crew:
        for number in range(50):
            crew.submit(lambda number=number: done.append(number))  # type: ignore[misc]
        crew.wait()
    assert done == list(range(50))


def test_a_fault_of_one_piece_stops_no_other_and_a_failure_stops_all() -> None:
    done: list[int] = []

    def fault() -> None:
        raise VerificationError("altered", where="here")

    def fail() -> None:
        raise OSError("the disk is gone")

    with Crew(1, 1) as crew:
        crew.submit(fault)
        crew.submit(lambda: done.append(1))
        crew.wait()
    assert ([fault.what for fault in crew.faults], done) == (["altered"], [1])
    with Crew(1, 1) as crew:
        crew.submit(fail)
        with pytest.raises(OSError, match="the disk is gone"):
            crew.wait()
