"""The gate of ha judges what was found."""

from pathlib import Path
from typing import Any

import pytest

from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps.gate_ha import judge, told

VIP, VIP_SVC = "10.0.0.100", "10.1.0.100"
ACTIVE = {"keepalived.service": "active", "haproxy.service": "active"}
Found = dict[str, dict[str, Any]]


def _site(*nodes: str) -> Site:
    hosts = {name: {"ip": f"10.0.0.{at}"} for at, name in enumerate((*nodes, "s1"), 1)}
    variables = {"keepalived_vip": VIP, "keepalived_vip_svc": VIP_SVC}
    inventory = Inventory(hosts, {"kube_control_plane": list(nodes)})
    return Site(Path("/site"), inventory, Variables.model_validate(variables))


def _node(name: str, *, holds: tuple[str, ...] = (), hears: tuple[str, ...] = ("mac-c1",)) -> dict[str, Any]:
    interfaces = [
        {"ifname": "eth0", "addr_info": [{"local": VIP_SVC}] if VIP_SVC in holds else []},
        {"ifname": "eth1", "addr_info": [{"local": "10.0.0.9"}, *({"local": VIP} for _ in holds if VIP in holds)]},
    ]
    answers = {VIP: list(hears), VIP_SVC: list(hears)}
    return {"units": ACTIVE, "interfaces": interfaces, "answers": answers, "hardware": [f"mac-{name}"]}


def _good() -> Found:
    return {"c1": _node("c1", holds=(VIP, VIP_SVC), hears=()), "c2": _node("c2"), "c3": _node("c3")}


def _told(found: Found, *nodes: str) -> list[str]:
    return [" ".join(fault.lines()) for fault in judge(_site(*(nodes or ("c1", "c2", "c3"))), found)]


def test_addresses_on_one_control_node_whom_the_others_hear_are_good() -> None:
    assert _told(_good()) == []


def test_one_control_node_alone_has_the_addresses_and_hears_nobody() -> None:
    assert _told({"c1": _node("c1", holds=(VIP, VIP_SVC), hears=())}, "c1") == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"c2": {**_node("c2"), "units": {**ACTIVE, "haproxy.service": "failed"}}}, "c2: haproxy.service: expected"),
        ({"c1": _node("c1", hears=())}, f"{VIP}: expected on exactly one control node, found on none"),
        ({"c2": _node("c2", holds=(VIP,))}, f"{VIP}: expected on exactly one control node, found on 2: c1, c2"),
        ({"c1": _node("c1", holds=(VIP,), hears=())}, f"{VIP_SVC}: expected on exactly one control node, found"),
        ({"c2": _node("c2", hears=("mac-c1", "aa:bb"))}, f"{VIP}: another machine answers for it on eth1: aa:bb"),
        ({"c1": _node("c1", holds=(VIP, VIP_SVC), hears=("mac-c3",))}, "heard by c1; it is c3's"),
        ({"c3": _node("c3", hears=())}, f"c3: {VIP}: c1 does not answer for it"),
    ],
)
def test_what_must_not_be_is_named(changes: Found, words: str) -> None:
    assert any(words in each for each in _told(_good() | changes)), _told(_good() | changes)


def test_address_on_another_interface_is_named() -> None:
    found = _good()
    found["c1"]["interfaces"][1]["ifname"] = "eth7"
    assert any(f"c1: {VIP}: expected on eth1, found on eth7" in each for each in _told(found))


def test_of_a_node_that_was_not_looked_at_nothing_else_is_supposed() -> None:
    """It may be the one that has the addresses, and the one that answers for them."""
    found = _good()
    del found["c1"]
    assert [each.split("  ")[0] for each in _told(found)] == ["c1: the node could not be looked at"]


def test_what_was_found_is_told_in_words_without_what_nobody_asks_for() -> None:
    shown = {"ifname": "eth1", "mtu": 1500, "addr_info": [{"local": "10.0.0.9", "prefixlen": 24, "scope": "global"}]}
    shown["addr_info"].append({"local": VIP, "prefixlen": 32})  # type: ignore[attr-defined]
    bare = {"ifname": "eth2", "addr_info": []}
    found = {"units": ACTIVE, "interfaces": [shown, bare], "answers": {VIP: []}, "hardware": ["mac"]}
    assert told(found) == {
        "services": ["keepalived.service active", "haproxy.service active"],
        "addresses": [f"eth1 10.0.0.9/24 {VIP}/32"],
        "answered by": {VIP: "nobody else"},
    }
