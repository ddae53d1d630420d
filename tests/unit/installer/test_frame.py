"""The live view: what it shows of an installation, and that it fits its terminal."""

import pytest

from airlock_installer.cli import frame
from airlock_installer.cli.frame import clock
from airlock_installer.steps.events import (
    Event,
    GateBegun,
    NodeBegun,
    NodeTold,
    Planned,
    StepBegun,
    StepEnded,
    TaskBegun,
)
from airlock_installer.steps.progress import Progress

PLAN = Planned("install", [(name, f"The step {name}", "", 120.0) for name in ("one", "two", "three")])


def _after(*events: Event) -> Progress:
    progress = Progress(0.0)
    for at, event in enumerate((PLAN, *events)):
        progress.take(event, float(at))
    return progress


def _text(progress: Progress, width: int = 70, height: int = 24) -> list[str]:
    return [line.text.rstrip() for line in frame.lines(progress, width, height, 10.0)]


AT_WORK = (
    StepBegun("one", 1),
    StepEnded("one", "done", 118.0),
    StepBegun("two", 2),
    TaskBegun("Write it"),
    NodeBegun("c1"),
    NodeBegun("c2"),
    NodeTold("c1", "Write it", "changed"),
)


def test_steps_task_nodes_times_and_last_change_are_shown() -> None:
    assert _text(_after(*AT_WORK)) == [
        "install  1 of 3 steps  0:10",
        "✓ one    The step one                                       done  1:58",
        "▸ two    The step two                               0:07 of about 2:00",
        "    Write it  (task 1, 0:06)",
        "    1 changed  at work: c2",
        "    last change 0:03 ago  c1: Write it",
        "  three  The step three                                     about 2:00",
    ]


def test_gate_is_told_from_the_work() -> None:
    assert "    the gate looks  (0:02)" in _text(_after(*AT_WORK, GateBegun("two")))
    assert "    gate: Look  (task 1, 0:01)" in _text(_after(*AT_WORK, GateBegun("two"), TaskBegun("Look")))


@pytest.mark.parametrize("width", [20, 40, 79, 200])
@pytest.mark.parametrize("height", [2, 4, 6, 24])
def test_frame_fits_the_terminal(width: int, height: int) -> None:
    lines = _text(_after(*AT_WORK), width, height)
    assert max(map(len, lines)) <= width
    assert len(lines) <= max(1, height - 1)


def test_time_of_a_task_stays_however_long_its_name_is() -> None:
    shown = _text(_after(*AT_WORK, TaskBegun("Check " + "all of it " * 20)), width=50)
    assert [len(line) for line in shown if line.endswith("  (task 2, 0:02)")] == [50]


def test_current_step_stays_where_there_is_little_room() -> None:
    assert any(line.startswith("▸ two") for line in _text(_after(*AT_WORK), height=6))


@pytest.mark.parametrize(("seconds", "told"), [(0, "0:00"), (7.9, "0:07"), (118, "1:58"), (3723, "1:02:03")])
def test_durations_are_told_as_clocks_do(seconds: float, told: str) -> None:
    assert clock(seconds) == told
