"""Where Ansible reaches the nodes of a site: where `ping` does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from airlock_installer.reach.login import logins
from airlock_installer.site import inventory
from airlock_installer.steps.playbook import inventories

pytestmark = pytest.mark.integration

HOSTS = """\
control1 ip=192.168.21.101 ansible_connection=local
control2 ip=192.168.21.102
far ip=192.168.21.103 ansible_host=far.example
[controller-node]
control[1:2]
far
"""


def test_nodes_are_reached_at_their_ip_by_the_steps_and_by_ping_alike(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(HOSTS)
    sources = [word for path in inventories(tmp_path / "hosts") for word in ("-i", str(path))]
    command = [sys.executable, "-m", "ansible", "inventory", "--list", *sources]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["_meta"]["hostvars"]
    ways = logins(inventory.load(tmp_path / "hosts"), "clex", Path("/key"))
    assert {node: host["ansible_host"] for node, host in said.items()} == {one.node: one.address for one in ways}
    assert said["control2"]["ansible_host"] == "192.168.21.102"
    assert said["far"]["ansible_host"] == "far.example"
