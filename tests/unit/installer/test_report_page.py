"""The report's page: all of its facts, in one file that runs nothing and asks nobody."""

import re
from typing import Any

from airlock_installer.report.page import page, told

RUN = {
    "id": 7,
    "step": "preflight",
    "kind": "full",
    "state": "committed",
    "by": "clex",
    "began": "2026-11-21T10:00:00Z",
    "seconds": 118.4,
    "continues": 6,
    "arguments": ["--forks", "5"],
    "release": "sha256:aa",
    "inputs": {},
    "counts": {"changed": 12},
    "error": None,
}
FAILED = {
    **RUN,
    "id": 6,
    "state": "failed",
    "error": {"what": "2 places", "faults": [{"where": "s1", "what": "<no> space"}]},
}


def _facts(**more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "made": "2026-11-21T11:00:00Z",
        "by": "clex",
        "deployer": "control1",
        "airlock": "0.1.0",
        "release": {
            "name": "burrito",
            "version": "1.4.4",
            "number": 12,
            "label": "BURRITO-1_4_4",
            "platform": "rocky 8.10 x86_64",
            "digest": "sha256:aa",
            "manifest": "sha256:bb",
            "locks": {"rpms.lock": "sha256:cc"},
            "options": [],
        },
        "medium": {"source": "/dev/sr0", "verified": True},
        "site": {
            "folder": "/home/clex/burrito-1.4.4",
            "files": {"hosts": "sha256:dd"},
            "nodes": [{"name": "control1", "address": "10.0.0.1", "groups": ["kube_control_plane"]}],
        },
        "steps": [
            {
                "name": "preflight",
                "title": "Local yum repo",
                "state": "committed",
                "run": RUN,
                "gate": {"passed": "2026-11-21T10:02:00Z", "told": {"control1": {"repos": ["burrito"], "<b>": "&"}}},
                "changed_inputs": [],
            },
            {"name": "ha", "title": "keepalived", "state": "to do", "run": None, "gate": None},
        ],
        "drills": [],
        "runs": [FAILED, RUN],
    }
    return {**facts, **more}


def _text(html: str) -> str:
    body = html.partition("<body>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


def test_report_says_what_by_whom_when_from_what_and_what_the_gates_found() -> None:
    text = _text(page(_facts()))
    assert "1 of 2 steps are done" in text
    for word in ("burrito 1.4.4", "clex", "2026-11-21 10:00:00 UTC", "1:58", "sha256:aa", "sha256:bb", "sha256:cc"):
        assert word in text
    assert "control1 repos burrito" in text
    assert "goes on with run 6" in text
    assert "every byte of it verified" in text


def test_failed_run_is_told_with_each_place() -> None:
    assert "s1: &lt;no&gt; space" in page(_facts())


def test_drill_is_told_with_its_seconds_and_one_that_broke_off_with_what_it_left() -> None:
    proof = {"seconds": 2.3, "promised": 13, "text": "moved"}
    good = {**RUN, "kind": "drill", "step": "ha", "state": "passed", "came": "10.0.0.100 moved to c2", "found": proof}
    cut = {**good, "id": 9, "state": "cut", "came": "left keepalived of c1 broken", "found": None}
    text = _text(page(_facts(drills=[good, cut])))
    assert "ha passed 2026-11-21 10:00:00 UTC clex 2.3 s 13 s 10.0.0.100 moved to c2 7" in text
    assert "cut 2026-11-21 10:00:00 UTC clex left keepalived of c1 broken 9" in text


def test_page_needs_nothing_else_and_runs_nothing() -> None:
    html = page(_facts())
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|https?:", html)
    assert "&lt;b&gt;" in html, "what a node said is text"


def test_site_without_a_medium_or_any_run_has_a_report() -> None:
    todo = {"name": "ha", "title": "keepalived", "state": "to do", "run": None, "gate": None}
    text = _text(page(_facts(release={}, medium={}, steps=[todo], runs=[])))
    assert "0 of 1 steps are done" in text
    assert "Nothing was run yet." in text
    assert "No gate has passed yet." in text


def test_what_was_found_is_told_in_words() -> None:
    assert told({"a": [1, "b"], "c": None, "d": []}) == "a: 1\nb\nc: none\nd: none"
