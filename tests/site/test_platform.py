"""The platform that the guide is followed on: nodes that have as little to do with one another as machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.platform import Platform

pytestmark = pytest.mark.site

WITHOUT_NETWORK = "systemd-networkd-wait-online.service"
"""What fails on nodes whose addresses the test gives: no program of theirs sets them."""


def test_no_two_nodes_share_a_control_group(site: Platform) -> None:
    groups = {Path(f"/proc/{node.leader}/cgroup").read_text() for node in site.nodes.values()}
    assert len(groups) == len(site.nodes)


def test_every_service_of_every_node_starts(site: Platform) -> None:
    site.everywhere("systemctl is-system-running --wait || true")
    failed = site.everywhere("systemctl list-units --failed --plain --no-legend")
    found = {name: {line.split()[0] for line in text.splitlines()} - {WITHOUT_NETWORK} for name, text in failed.items()}
    assert found == {name: set() for name in site.nodes}
