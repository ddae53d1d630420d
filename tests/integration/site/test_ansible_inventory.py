"""``hosts`` is read as the real ansible-inventory reads it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from airlock_core import proc
from airlock_installer.site import inventory
from tests import warm
from tests.integration.site.inventories import inventory as by_chance
from tests.soak import cases

pytestmark = [pytest.mark.integration, pytest.mark.long]

SAMPLES = ["hosts.sample", "hosts_powerflex.sample", "hosts_powerflex_hci.sample", "hosts_hitachi.sample"]
EXPERT = """\
control[1:3] ip=192.168.21.101
storage1 ip=192.168.21.106 monitor_address=192.168.24.106 radosgw_address=192.168.24.106
[mons]
storage1
[kube_control_plane]
control[1:3]
[kube_node]
control[1:3]
[controller-node]
control[1:3]
[ceph:children]
mons
[etcd:children]
kube_control_plane
[k8s_cluster:children]
kube_control_plane
kube_node
[controller-node:vars]
node_labels={"openstack-control-plane":"enabled", "openvswitch":"enabled"}
"""


def _real(path: Path) -> dict[str, Any]:
    order = warm.Order(["-i", str(path), "--list"], str(path.parent), proc.environment())
    answer = warm.program("ansible-inventory").run(order, seconds=120)
    assert answer.status == 0, answer.err
    data: dict[str, Any] = json.loads(answer.out)
    return data


def _ours(path: Path) -> dict[str, Any]:
    """Our inventory in the form of ``ansible-inventory --list``, which leaves out what is empty."""
    found = inventory.load(path)
    data: dict[str, Any] = {"_meta": {"hostvars": {name: own for name, own in found.hosts.items() if own}}}
    for name, group in found.document.groups.items():
        entry = {"children": group.children, "hosts": [] if name == "all" else list(group.hosts)}
        data[name] = {key: value for key, value in entry.items() if value}
    plain: dict[str, Any] = json.loads(json.dumps({name: entry for name, entry in data.items() if entry}))
    return plain | {"_meta": plain.get("_meta", {"hostvars": {}})}


def _same(path: Path, text: str) -> None:
    path.write_text(text)
    assert _ours(path) == _real(path), text


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_read_as_ansible_reads_them(tmp_path: Path, name: str) -> None:
    text = (resources.files("airlock_installer") / "samples" / name).read_text("utf-8")
    _same(tmp_path / "hosts", text)


def test_what_experts_add_below_the_samples_is_read_as_ansible_reads_it(tmp_path: Path) -> None:
    _same(tmp_path / "hosts", EXPERT)


@pytest.mark.parametrize("seed", range(cases(24, 1000)))
def test_any_inventory_is_read_as_ansible_reads_it(tmp_path: Path, seed: int) -> None:
    _same(tmp_path / "hosts", by_chance(seed))
