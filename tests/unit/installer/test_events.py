"""Events of ansible-runner become ours."""

from typing import Any

import pytest

from airlock_installer.masking import MASK, Mask
from airlock_installer.steps.events import Found, NodeTold, Printed, Recap, read


def _event(kind: str, **data: Any) -> dict[str, Any]:
    return {"event": kind, "event_data": data, "stdout": ""}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (_event("runner_on_ok", host="c1", task="t", res={"changed": True}), NodeTold("c1", "t", "changed")),
        (_event("runner_on_ok", host="c1", task="t", res={}), NodeTold("c1", "t", "ok")),
        (_event("runner_on_skipped", host="c1", task="t"), NodeTold("c1", "t", "skipped")),
        (
            _event("runner_on_failed", host="c1", task="t", res={"msg": "non-zero", "stderr": "no such file"}),
            NodeTold("c1", "t", "failed", "non-zero: no such file"),
        ),
        (
            _event("runner_on_failed", host="c1", task="t", ignore_errors=True, res={"msg": "x"}),
            NodeTold("c1", "t", "ignored", "x"),
        ),
        (
            _event("runner_on_unreachable", host="c1", task="t", res={"msg": "timed out"}),
            NodeTold("c1", "t", "unreachable", "timed out"),
        ),
        (
            _event(
                "runner_on_failed",
                host="c1",
                task="t",
                res={"msg": "One or more items failed", "results": [{"failed": True, "msg": "b"}, {"msg": "a"}]},
            ),
            NodeTold("c1", "t", "failed", "b"),
        ),
    ],
)
def test_result_of_a_task_is_told_with_what_it_said(event: dict[str, Any], told: NodeTold) -> None:
    assert list(read(event, "airlock_gate", Mask())) == [told]


def test_evidence_of_a_gate_is_found() -> None:
    event = _event("runner_on_ok", host="c1", task="t", res={"ansible_facts": {"airlock_gate": {"repos": ["x"]}}})
    assert list(read(event, "airlock_gate", Mask()))[1] == Found("c1", {"repos": ["x"]})


def test_what_is_said_has_no_secret_and_evidence_nodes_and_names_of_facts_are_as_they_are() -> None:
    mask = Mask(["airlock", "c1", "msg", "sesame"])
    found = {"ansible_facts": {"airlock_gate": {"airlock": "sesame"}}, "msg": "x"}
    event = _event("runner_on_ok", host="c1", task="say sesame", res=found) | {"stdout": "ok: [c1] sesame"}
    assert list(read(event, "airlock_gate", mask)) == [
        Printed([f"ok: [{MASK}] {MASK}"], "c1"),
        NodeTold("c1", f"say {MASK}", "ok"),
        Found("c1", {"airlock": "sesame"}),
    ]
    failed = _event("runner_on_failed", host="c1", task="t", res={"msg": ['it\'s "sesame"', {"sesame": 1}]})
    assert list(read(failed, "f", mask)) == [NodeTold("c1", "t", "failed", str([f'it\'s "{MASK}"', {MASK: 1}]))]


def test_secret_is_masked_in_what_python_makes_of_a_list_that_holds_it() -> None:
    event = _event("runner_on_failed", host="c1", task="t", res={"msg": ["\"ses'ame"]})
    assert list(read(event, "f", Mask(["ses'ame"]))) == [NodeTold("c1", "t", "failed", str([f'"{MASK}']))]


def test_recap_has_counts_by_node_and_ansibles_own_lines() -> None:
    event = _event("playbook_on_stats", ok={"c1": 3}, changed={"c1": 1}, dark={"c2": 1})
    event["stdout"] = "\r\nPLAY RECAP ***\r\nc1 : ok=3"
    (recap,) = read(event, "f", Mask())
    assert isinstance(recap, Recap)
    assert (recap.counts["c1"]["ok"], recap.counts["c2"]["dark"]) == (3, 1)
    assert list(recap.lines) == ["", "PLAY RECAP ***", "c1 : ok=3"]


def test_lines_of_ansible_are_told_as_they_are() -> None:
    assert list(read({"event": "verbose", "stdout": "a\r\nb"}, "f", Mask())) == [Printed(["a", "b"])]
