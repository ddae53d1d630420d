"""Step ha on the guide's platform: an address that another machine has, its gate, and the drill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.site import state
from tests.site.guide import Walk
from tests.site.platform import VIP, VIP_SVC, Platform, wait_until

pytestmark = pytest.mark.site

FRONT = f"frontend front\n    bind {VIP}:6666 transparent\n    mode http\n    monitor-uri /\n"
"""A frontend of a later step, at the virtual address."""


@pytest.fixture
def ready(available: Walk) -> Iterator[Platform]:
    """The platform, whose first control node has the virtual addresses before and after."""
    yield available.site
    available.site.come_home()


@contextmanager
def taken(site: Platform) -> Iterator[str]:
    """A machine that is no node has the virtual address; its hardware address."""
    site.nets.take("foreign", VIP, "eth1")
    try:
        yield site.nets.hardware("foreign", "eth1")
    finally:
        site.nets.give_back("foreign", VIP, "eth1")


def test_address_that_another_machine_has_is_not_taken_and_that_machine_is_named(ready: Platform) -> None:
    before = state.of(ready)
    ready.everywhere("systemctl stop keepalived || true")
    with taken(ready) as foreign:
        done = ready.airlock("run ha")
    assert done.returncode == 8, done.stderr
    for name in ready.control:
        assert f"{name}: the task 'Stop where another machine has one' failed" in done.stderr
    assert f"{VIP} is in use: {foreign} answers on eth1" in done.stderr
    ready.come_home()
    assert state.difference(before, state.of(ready)) == {}


def test_second_run_changes_nothing_and_moves_nothing(ready: Platform) -> None:
    # After a run that was refused, the next one has everything take up its configuration once more.
    first = ready.airlock("run ha")
    assert first.returncode == 0, first.stderr
    second = ready.airlock("run ha -v")
    assert second.returncode == 0, second.stderr
    assert second.stdout.count("changed=0") == len(ready.control), second.stdout
    assert (ready.holders(), ready.holders(VIP_SVC)) == (["control1"], ["control1"])


def test_drill_moves_the_address_tells_the_seconds_and_brings_the_node_back(ready: Platform) -> None:
    before = ready.holders()
    for each in ready.control.values():
        (each.path / "etc/haproxy/conf.d/50-front.cfg").write_text(FRONT)
        each.check("systemctl reload haproxy")
    done = ready.airlock("drill ha --json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [told["before"]] == before
    assert [told["after"]] == ready.holders() == ready.holders(VIP_SVC)
    assert told["after"] != told["before"]
    assert 0 < told["seconds"] <= told["promised"] == 13
    assert ready.nodes[told["before"]].check("systemctl is-active keepalived") == "active\n"
    assert "200 OK" in ready.nodes[told["before"]].check(f"curl -fsS http://{VIP}:6666/")
    for each in ready.control.values():
        each.check("rm /etc/haproxy/conf.d/50-front.cfg && systemctl reload haproxy")


def test_gate_names_a_machine_that_answers_beside_the_holder_and_no_drill_begins(ready: Platform) -> None:
    before = ready.holders()
    with taken(ready) as foreign:
        done = ready.airlock("drill ha")
    assert done.returncode == 9, done.stderr
    assert f"{VIP}: another machine answers for it on eth1: {foreign}" in done.stderr
    assert ready.holders() == before


def test_address_moves_when_its_holder_stops_and_the_gate_says_who_does_not_run(ready: Platform) -> None:
    (before,) = ready.holders()
    ready.nodes[before].check("systemctl stop keepalived")
    wait_until(lambda: ready.holders() and ready.holders() != [before])
    done = ready.airlock("drill ha")
    assert done.returncode == 9, done.stderr
    assert f"{before}: keepalived.service: expected active, found inactive" in done.stderr
    assert "another machine" not in done.stderr
    ready.nodes[before].check("systemctl start keepalived")


def test_address_leaves_a_node_whose_haproxy_does_not_answer(ready: Platform) -> None:
    (before,) = ready.holders()
    ready.nodes[before].check("systemctl stop haproxy")
    wait_until(lambda: ready.holders() and ready.holders() != [before])
    ready.nodes[before].check("systemctl start haproxy")
    assert ready.holders() == ready.holders(VIP_SVC) != [before]
