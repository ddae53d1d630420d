"""In which order tasks begin."""

from __future__ import annotations

from airlock_builder.crew.schedule import Schedule
from airlock_builder.crew.task import Task


def task(host: str, size: int, name: str = "") -> Task:
    return Task(name or f"{host}-{size}", size, lambda: None, host)


def begun(schedule: Schedule, count: int) -> list[str]:
    """The subjects of the next tasks, none of which ends."""
    found = (schedule.next() for _ in range(count))
    return [one.subject for one in found if one]


def test_the_largest_of_a_host_begin_first_and_equals_by_name() -> None:
    schedule = Schedule([task("a", 1), task("a", 3), task("a", 2), task("a", 2, "a-b")], per_host=9)
    assert begun(schedule, 9) == ["a-3", "a-2", "a-b", "a-1"]
    assert schedule.is_empty


def test_hosts_take_turns_the_one_with_most_bytes_left_first() -> None:
    schedule = Schedule([task("a", 10), task("a", 9), task("b", 30), task("c", 5), task("c", 4)], per_host=9)
    assert begun(schedule, 9) == ["b-30", "a-10", "c-5", "a-9", "c-4"]


def test_a_slow_host_has_its_share_of_workers_and_the_others_serve_the_rest() -> None:
    slow = [task("slow", 100 + number) for number in range(50)]
    quick = [task("quick", number) for number in range(50)]
    schedule = Schedule([*slow, *quick], per_host=4)
    at_work = [one for one in (schedule.next() for _ in range(8)) if one]
    assert sorted(one.host for one in at_work) == ["quick"] * 4 + ["slow"] * 4
    ending = next(one for one in at_work if one.host == "quick")
    for _ in range(46):
        schedule.done(ending)
        following = schedule.next()
        assert following
        assert following.host == "quick"
        ending = following
    schedule.done(ending)
    assert schedule.next() is None, "the slow host has what it may have"


def test_a_host_whose_task_ends_gets_the_next() -> None:
    schedule = Schedule([task("a", 2), task("a", 1)], per_host=1)
    first = schedule.next()
    assert first
    assert schedule.next() is None
    assert not schedule.is_empty
    schedule.done(first)
    assert begun(schedule, 1) == ["a-1"]


def test_what_has_no_host_is_not_held_back() -> None:
    schedule = Schedule([task("", number) for number in range(5)], per_host=1)
    assert len(begun(schedule, 9)) == 5


def test_what_is_dropped_does_not_begin() -> None:
    schedule = Schedule([task("a", 1)], per_host=1)
    schedule.drop()
    assert schedule.next() is None
    assert schedule.is_empty
