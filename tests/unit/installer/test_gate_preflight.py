"""The gate of preflight judges what was found."""

from pathlib import Path
from typing import Any

import pytest

from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps.gate_preflight import judge, told

OWN = "7F7F0101,,8,0,0,0,0,0,0,0,0,0,0,Normal"
FOLLOWS = OWN.replace("7F7F0101", "C0A81565")


def _site(*ntp_servers: str) -> Site:
    hosts = {"c1": {"ip": "10.0.0.1"}, "c2": {"ip": "10.0.0.2"}, "s1": {"ip": "10.0.0.3"}}
    inventory = Inventory(hosts, {"kube_control_plane": ["c1", "c2"]})
    return Site(Path("/site"), inventory, Variables(ntp_servers=ntp_servers))


def _node(tracking: str, *sources: str, repos: tuple[str, ...] = ("burrito",)) -> dict[str, Any]:
    lines = [f"^,*,{name},8,6,377,1,0,0,0" for name in sources]
    return {"repos": list(repos), "sources": lines, "tracking": [tracking]}


def _good() -> dict[str, dict[str, Any]]:
    return {
        "c1": _node(OWN, "10.0.0.2"),
        "c2": _node(FOLLOWS, "10.0.0.1"),
        "s1": _node(FOLLOWS, "10.0.0.1", "10.0.0.2"),
    }


def test_control_nodes_follow_each_other_and_the_others_follow_them() -> None:
    assert judge(_site(), _good()) == []


def test_the_repo_of_what_the_release_excuses_may_stand_beside_the_local_repo_and_not_alone() -> None:
    both = _node(FOLLOWS, "10.0.0.1", "10.0.0.2", repos=("burrito", "burrito-unsigned"))
    assert judge(_site(), _good() | {"s1": both}) == []
    alone = _node(FOLLOWS, "10.0.0.1", "10.0.0.2", repos=("burrito-unsigned",))
    assert "found burrito-unsigned" in judge(_site(), _good() | {"s1": alone})[0].what


def test_control_nodes_follow_the_servers_where_there_are_some() -> None:
    found = _good() | {"c1": _node(FOLLOWS, "ntp.test"), "c2": _node(FOLLOWS, "ntp.test")}
    assert judge(_site("ntp.test"), found) == []


@pytest.mark.parametrize(
    ("node", "found", "words"),
    [
        ("s1", _node(FOLLOWS, "10.0.0.1", "10.0.0.2", repos=("appstream", "burrito")), "found appstream, burrito"),
        ("s1", _node(FOLLOWS, "10.0.0.1"), "expected 10.0.0.1, 10.0.0.2, found 10.0.0.1"),
        ("s1", _node(OWN, "10.0.0.1", "10.0.0.2"), "found its own clock alone"),
        ("c1", _node("", "10.0.0.2"), "no answer from chronyd"),
        ("c2", _node(FOLLOWS.replace("Normal", "Not synchronised"), "10.0.0.1"), "'Not synchronised'"),
    ],
)
def test_each_difference_names_node_expected_and_found(node: str, found: dict[str, Any], words: str) -> None:
    faults = judge(_site(), _good() | {node: found})
    assert [fault.where for fault in faults] == [node]
    assert words in faults[0].what


def test_node_that_could_not_be_looked_at_is_a_fault() -> None:
    found = _good()
    del found["s1"]
    assert [fault.where for fault in judge(_site(), found)] == ["s1"]


def test_what_was_found_is_told_in_words() -> None:
    follows = "C0A81565,10.0.0.2,9,0,-0.000015,0,0,0,0,0,0,0,64,Normal"
    assert told(_node(follows, "10.0.0.2")) == {
        "repos": ["burrito"],
        "time sources": ["10.0.0.2 (*)"],
        "clock": "follows 10.0.0.2, stratum 9, -0.015 ms; Normal",
    }
    assert told(_node(OWN))["clock"] == "follows its own clock, stratum 8, +0.000 ms; Normal"
    assert told({**_node(OWN), "tracking": []})["clock"] == "no answer from chronyd"
