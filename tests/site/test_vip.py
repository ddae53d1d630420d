"""The virtual address on the guide's platform: what doctor finds wrong with it, a killed drill, bad settings."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.site import state
from tests.site.landed import Landed
from tests.site.platform import VIP, Platform, wait_until
from tests.site.running import started
from tests.site.state import State

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def unharmed(landed: Landed, clean: State) -> Iterator[Platform]:
    """The platform, which must be what it was before when all of these tests are over."""
    yield landed.site
    # A step that failed keeps later ones from beginning.
    landed.airlock("install --until ha")
    assert state.difference(clean, state.of(landed.site)) == {}


@pytest.fixture
def kept(unharmed: Platform) -> Iterator[Platform]:
    """The platform, whose first control node has the virtual addresses before and after."""
    yield unharmed
    unharmed.come_home()


def found(site: Platform) -> dict[str, str]:
    """What doctor finds wrong with the virtual addresses, with the remedies."""
    told = json.loads(site.airlock("doctor --quick --json").stdout)
    return {one["what"]: one["do"] for one in told["findings"] if one["area"] == "virtual address"}


def stop_all(site: Platform) -> None:
    """Nobody keeps the addresses."""
    for each in site.control.values():
        each.check("systemctl stop keepalived")
    wait_until(lambda: site.holders() == [])


def test_doctor_names_both_nodes_that_have_the_address_at_once_and_nothing_else(kept: Platform) -> None:
    kept.nodes["control2"].check(f"ip address add {VIP}/32 dev eth1")
    try:
        told = found(kept)
    finally:
        kept.nodes["control2"].run(f"ip address delete {VIP}/32 dev eth1")
    (what,) = told
    assert what == f"{VIP} is on 2 nodes at once: control1, control2"
    assert "VRRP (IP protocol 112)" in told[what]


def test_doctor_finds_the_address_on_no_node_and_its_remedy_brings_it_back(kept: Platform) -> None:
    stop_all(kept)
    told = found(kept)
    assert told[f"{VIP} is on no node that answers"].endswith("airlock-site run ha")
    assert "keepalived does not run: inactive" in told
    done = kept.airlock("run ha")
    assert done.returncode == 0, done.stderr
    assert kept.holders() == ["control1"]


def test_doctor_names_a_foreign_machine_at_the_address_by_its_hardware(kept: Platform) -> None:
    stop_all(kept)
    kept.nets.take("foreign", VIP, "eth1")
    former = kept.nets.hardware("control3", "eth1")
    kept.deployer.check(f"ip neighbour replace {VIP} lladdr {former} dev eth1 nud stale")
    try:
        told = found(kept)
        foreign = kept.nets.hardware("foreign", "eth1")
    finally:
        kept.nets.give_back("foreign", VIP, "eth1")
        kept.deployer.run(f"ip neighbour flush to {VIP}")
    assert f"a machine that is no node of the site answers at {VIP}: {foreign}" in told
    assert "choose another address" in told[f"a machine that is no node of the site answers at {VIP}: {foreign}"]


def test_next_command_starts_again_what_a_drill_had_stopped_that_was_killed(kept: Platform) -> None:
    with started(kept, "drill ha") as drill:
        wait_until(lambda: "control1" not in kept.holders() or drill.process.poll() is not None)
        drill.kill()
    assert kept.deployer.run("systemctl is-active keepalived").stdout != "active\n"
    told = json.loads(kept.airlock("status --json").stdout)
    assert told["drills"]["ha"]["result"]["harm"]["what"] == "keepalived of control1"
    assert "the drill of ha" in kept.airlock("doctor --quick").stdout
    done = kept.airlock("install --until ha")
    assert done.returncode == 0, done.stderr
    assert "did not bring keepalived of control1 back: doing it now" in done.stdout
    assert kept.deployer.check("systemctl is-active keepalived") == "active\n"


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("keepalived_router_id=900", "/etc/keepalived/keepalived.conf"),
        ("haproxy_check_fall=0", "/etc/haproxy/haproxy.cfg"),
    ],
)
def test_configuration_that_would_not_be_taken_replaces_none(kept: Platform, setting: str, path: str) -> None:
    before = {name: each.check(f"cat {path}") for name, each in kept.control.items()}
    done = kept.airlock(f"run ha -- -e {setting}")
    assert done.returncode == 8, done.stderr
    assert "failed to validate" in done.stderr
    assert {name: each.check(f"cat {path}") for name, each in kept.control.items()} == before
    assert kept.holders() == ["control1"]
