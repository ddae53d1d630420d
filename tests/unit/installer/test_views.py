"""Plain lines for programs and logs: what is news, in columns, with Ansible's recap as it is."""

import re

import pytest

from airlock_installer.cli.views import Lines
from airlock_installer.steps.events import (
    Event,
    GateBegun,
    NodeTold,
    Note,
    Planned,
    Printed,
    Recap,
    StepBegun,
    StepEnded,
    TaskBegun,
)


def _told(*events: Event, ansible: bool = False) -> list[str]:
    lines: list[str] = []
    tell = Lines(lines.append, ansible=ansible)
    for event in events:
        tell(event)
    return [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  ", "", line) for line in lines]


def test_what_is_news_has_a_line_of_columns() -> None:
    assert _told(
        Planned("install", [("ha", "keepalived", "connections", 180.0)]),
        Note("ha", "changed since run 3: hosts: c1"),
        StepBegun("ha", 4),
        TaskBegun("Write it"),
        NodeTold("c1", "Write it", "ok"),
        NodeTold("c2", "Write it", "changed"),
        NodeTold("c3", "Write it", "failed", "no space\nleft"),
        StepEnded("ha", "failed", 65.0, "its log: x"),
    ) == [
        "ha  planned  keepalived: about 3:00; may disturb connections",
        "ha  note  changed since run 3: hosts: c1",
        "ha  begin  run 4",
        "ha  task  Write it",
        "ha  changed  c2  Write it",
        "ha  failed  c3  Write it  no space",
        "ha  failed  1:05  its log: x",
    ]


def test_tasks_of_a_gate_are_nobodys_news() -> None:
    events = (StepBegun("ha", None), GateBegun("ha"), TaskBegun("Look"), NodeTold("c1", "Look", "changed"))
    assert _told(*events) == ["ha  begin  done before: its gate alone", "ha  gate  looks"]


@pytest.mark.parametrize(("ansible", "lines"), [(False, ["PLAY RECAP ***"]), (True, ["TASK [x]", "PLAY RECAP ***"])])
def test_recap_is_printed_as_ansible_does_and_the_rest_where_it_is_asked_for(ansible: bool, lines: list[str]) -> None:
    assert _told(Printed(["TASK [x]"]), Recap({}, ["PLAY RECAP ***"]), ansible=ansible) == lines


def test_dry_run_disturbs_nothing() -> None:
    planned = Planned("install", [("ha", "keepalived", "connections", 180.0)], is_dry=True)
    assert _told(planned) == ["ha  planned  keepalived: about 3:00"]
