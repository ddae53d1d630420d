"""What people are told of tasks and nodes that failed."""

from airlock_installer.steps import playbook
from airlock_installer.steps.events import FAILED, UNREACHABLE, NodeTold


def test_node_that_is_off_is_told_with_what_to_look_at_and_the_command_that_tells_more() -> None:
    told = playbook.fault(NodeTold("control2", "Copy", UNREACHABLE, "No route to host")).lines()
    assert told[0] == "control2: cannot be reached"
    assert "No route to host" in told[1]
    assert "is it on" in told[2]
    assert "`airlock-site ping`" in told[2]


def test_failed_task_is_told_by_its_name_with_what_it_said() -> None:
    assert playbook.fault(NodeTold("c1", "Copy", FAILED, "no space for the files")).lines() == [
        "c1: the task 'Copy' failed",
        "  why: no space for the files",
    ]
