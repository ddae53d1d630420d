"""A site of one control node: preflight and ha for real, its gate, and a drill that has nobody to move to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import platform
from tests.site.platform import VIP, VIP_SVC, Plan, Platform, wait_until

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def single(iso: Path, layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One control node, which is the deployer, after preflight and ha."""
    with platform.booted(Plan(1), iso, tmp_path_factory.mktemp("single"), layer) as site:
        site.settle()
        done = site.airlock("install --until ha")
        assert done.returncode == 0, done.stderr
        yield site


def test_one_control_node_has_both_addresses_and_a_second_run_changes_nothing(single: Platform) -> None:
    assert (single.holders(), single.holders(VIP_SVC)) == (["control1"], ["control1"])
    for step in ("preflight", "ha"):
        done = single.airlock(f"run {step}")
        assert done.returncode == 0, done.stderr
        assert "changed=0" in done.stdout
    assert "unicast_peer" not in single.deployer.check("cat /etc/keepalived/keepalived.conf")


def test_drill_of_one_control_node_is_refused_before_it_begins(single: Platform) -> None:
    done = single.airlock("drill ha")
    assert done.returncode == 2, done.stderr
    assert "the site has one control node: nobody can take its virtual address over" in done.stderr
    assert json.loads(single.airlock("status --json").stdout)["drills"] == {}


def test_gate_of_one_control_node_says_that_the_address_is_gone_when_haproxy_is(single: Platform) -> None:
    single.deployer.check("systemctl stop haproxy")
    wait_until(lambda: single.holders() == [])
    done = single.airlock("install --until ha --check")
    assert done.returncode == 0, done.stderr
    told = single.airlock("doctor --quick").stdout
    assert f"{VIP} is on no node that answers" in told
    assert "haproxy does not run" in told
    done = single.airlock("run ha")
    assert done.returncode == 0, done.stderr
    assert single.holders() == ["control1"]
