"""The gate of landing judges what was found."""

from pathlib import Path
from typing import Any

import pytest

from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps.gate_landing import judge, told

VIP = "10.0.0.100"
ACTIVE = {"airlock-registry.service": "active", "airlock-repo.service": "active"}
Found = dict[str, dict[str, Any]]


def _site() -> Site:
    hosts = {name: {"ip": f"10.0.0.{at}"} for at, name in enumerate(("c1", "c2", "s1"), 1)}
    inventory = Inventory(hosts, {"kube_control_plane": ["c1", "c2"]})
    return Site(Path("/site"), inventory, Variables.model_validate({"keepalived_vip": VIP}))


def _answers(**registry: Any) -> dict[str, Any]:
    return {
        "registry": {"asked": 12, "fault": "", "wrong": {}, "lacking": [], "surplus": [], **registry},
        "repo": {"asked": 4, "fault": "", "wrong": {}},
    }


def _good() -> Found:
    control = {"units": ACTIVE, "own": _answers(), "vip": _answers(), "clients": True}
    return {"c1": control, "c2": control, "s1": {**control, "units": {}, "own": {}}}


def _told(found: Found) -> list[str]:
    return [" ".join(fault.lines()) for fault in judge(_site(), found)]


def test_services_that_serve_all_on_each_control_node_and_at_the_address_are_good() -> None:
    assert _told(_good()) == []


@pytest.mark.parametrize(
    ("node", "changes", "words"),
    [
        (
            "c2",
            {"units": {**ACTIVE, "airlock-repo.service": "failed"}},
            "airlock-repo.service: expected active, found",
        ),
        ("c2", {"own": _answers(fault="refused")}, "c2: its own registry does not answer"),
        ("c1", {"own": _answers(wrong={"a:1": "has 3 bytes"})}, "c1: its own registry: expected a:1 as it is on the"),
        ("s1", {"vip": _answers(fault="timed out")}, f"s1: the registry at {VIP} does not answer"),
        ("c1", {"vip": _answers(lacking=["x", "y"])}, "expected in its catalog, not found: x, y"),
        ("s1", {"clients": False}, "s1: its files for pulling do not lead to the virtual address"),
    ],
)
def test_what_must_not_be_is_named(node: str, changes: dict[str, Any], words: str) -> None:
    found = _good()
    found[node] = {**found[node], **changes}
    assert any(words in each for each in _told(found)), _told(found)


def test_many_images_that_lack_are_counted_behind_the_first_five() -> None:
    found = _good()
    found["c1"] = {**found["c1"], "own": _answers(wrong={f"i:{at}": "status 404" for at in range(8)})}
    faults = _told(found)
    assert len(faults) == 6
    assert "3 more are not as they are on the medium" in faults[-1]


def test_image_of_an_earlier_release_is_no_fault() -> None:
    found = _good()
    found["c1"] = {**found["c1"], "own": _answers(surplus=["old:1"])}
    assert _told(found) == []


def test_repo_that_serves_other_metadata_is_named_on_any_node() -> None:
    found = _good()
    wrong = {**_answers(), "repo": {"asked": 4, "fault": "", "wrong": {"BaseOS/repodata/repomd.xml": "is sha256:…"}}}
    found["s1"] = {**found["s1"], "vip": wrong}
    assert any(f"s1: the repo at {VIP}: expected BaseOS/repodata/repomd.xml" in each for each in _told(found))


def test_node_that_was_not_looked_at_is_named_once() -> None:
    found = _good()
    del found["c2"]
    assert [each.split("  ")[0] for each in _told(found)] == ["c2: the node could not be looked at"]


def test_what_a_control_node_lacks_is_told_before_what_others_see_of_it() -> None:
    found, wrong = _good(), _answers(wrong={"a:1": "status 404"})
    found["c1"] = {**found["c1"], "vip": wrong}
    found["c2"] = {**found["c2"], "own": wrong}
    assert [line.split(":")[0:2] for line in _told(found)] == [
        ["c2", " its own registry"],
        ["c1", f" the registry at {VIP}"],
    ]


def test_what_was_found_is_told_in_words_of_what_was_asked_for() -> None:
    assert told(_good()["c1"]) == {
        "services": ["airlock-registry.service active", "airlock-repo.service active"],
        "own registry": "serves 12 images as on the medium",
        "own repo": "serves 4 documents as on the medium",
        "registry at the virtual address": "serves 12 images as on the medium",
        "repo at the virtual address": "serves 4 documents as on the medium",
        "pulls by": "the virtual address",
    }
    assert list(told(_good()["s1"])) == ["registry at the virtual address", "repo at the virtual address", "pulls by"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"fault": "refused"}, "does not answer: refused"),
        ({"wrong": {"a:1": "status 404"}, "lacking": ["x", "y"]}, "a:1: status 404; not in its catalog: x, y"),
        ({"asked": 1}, "serves 1 image as on the medium"),
        (
            {"surplus": ["old:1", "old:2"]},
            "serves 12 images as on the medium; and 2 that images.lock does not name: old:1, old:2",
        ),
    ],
)
def test_what_was_not_as_it_must_be_is_told_with_its_reason(answer: dict[str, Any], words: str) -> None:
    assert told({**_good()["c1"], "own": _answers(**answer)})["own registry"] == words
