"""``airlock-site check`` looks at real nodes: this machine, with loop devices for disks."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airlock_core import proc
from airlock_installer.layout import Layout
from airlock_installer.vault.store import FILE, Vault
from tests.standin.run import run

pytestmark = [
    pytest.mark.integration,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="root looks at nodes"),
]

HOSTS = """\
control1 ip={address} ansible_connection=local ansible_python_interpreter=/usr/bin/python3
gone ip=127.0.0.2 ansible_port=1
[osds]
control1
gone
[mons]
control1
[mgrs]
control1
[rgws]
control1
[kube_control_plane]
control1
[kube_node]
control1
[controller-node]
control1
[network-node]
control1
[compute-node]
control1
"""
VARS = """\
svc_iface_name: lo
mgmt_iface_name: lo
storage_iface_name: lo
provider_iface_name: nonesuch0
overlay_iface_name: null
keepalived_vip: 10.99.0.9
storage_backends: [ceph]
checklist_minimum:
  control: {cpus: 1, memory_mb: 100, disk_gb: 1}
"""


@pytest.fixture
def loops(tmp_path: Path) -> Iterator[list[str]]:
    """Three disks: empty, with a file system, with bytes of an unknown kind."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_loop(tmp_path / f"disk{number}", number)) for number in range(3)]


@contextlib.contextmanager
def _loop(path: Path, number: int) -> Iterator[str]:
    path.write_bytes(b"\x00" * 4096 + (b"data" if number == 2 else b""))
    os.truncate(path, 64 << 20)
    if number == 1:
        run("mkfs.ext4", "-q", path)
    device = proc.run(["losetup", "--find", "--show", path], timeout=30).stdout.strip()
    try:
        yield device
    finally:
        proc.run(["losetup", "--detach", device], timeout=30)


def _check(site: Path, *words: str, root: Path = Path("/")) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "airlock_installer", "check", "--json", "--site", str(site), *words]
    environment = {**os.environ, "AIRLOCK_ROOT": str(root)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300)
    return done.returncode, json.loads(done.stdout)


def test_disks_and_interfaces_of_a_real_node_are_judged_and_the_node_that_is_gone_is_named(
    tmp_path: Path, loops: list[str]
) -> None:
    site = tmp_path / "site"
    (site / "group_vars/all").mkdir(parents=True)
    (site / "hosts").write_text(HOSTS.format(address="127.0.0.1"))
    (site / "vars.yml").write_text(VARS)
    volumes = "".join(f"  - data: {path}\n" for path in [*loops, "/dev/nonesuch"])
    (site / "group_vars/all/ceph_vars.yml").write_text(f"lvm_volumes:\n{volumes}")
    status, answer = _check(site)
    told = [fault["what"] for fault in answer["faults"] if fault["file"].endswith(".yml")]
    assert (status, answer["exit"]) == (3, 3)
    assert told[:4] == [
        "provider_iface_name: there is no nonesuch0 on control1",
        "keepalived_vip: 10.99.0.9 is not in the management network 127.0.0.0/8",
        f"lvm_volumes[1].data: {loops[1]} on control1 is not empty: ext4",
        f"lvm_volumes[2].data: {loops[2]} on control1 is not empty: data of an unknown kind",
    ]
    assert told[4].startswith("lvm_volumes[3].data: /dev/nonesuch on control1 is not there")
    assert (len(told), answer["looked_at"], list(answer["missing"])) == (5, ["control1"], ["gone"])
    assert "refuses" in answer["missing"]["gone"]["why"]
    assert {node for waiting in answer["waiting"] for node in waiting["nodes"]} == {"gone"}


def test_what_a_password_is_has_no_say_in_what_nodes_are_found_to_be(tmp_path: Path) -> None:
    site, root = tmp_path / "site", tmp_path / "root"
    site.mkdir()
    (site / "hosts").write_text(HOSTS.format(address="127.0.0.1"))
    (site / "vars.yml").write_text(VARS.replace("[ceph]", "[]"))
    Vault(site / FILE, Layout(root).vault_key).write({"vault_a_password": "lo", "vault_b_password": "airlock"})
    _, answer = _check(site, root=root)
    told = [fault["what"] for fault in answer["faults"] if fault["file"].endswith("vars.yml")]
    assert answer["looked_at"] == ["control1"]
    assert told[:2] == [
        "provider_iface_name: there is no nonesuch0 on control1",
        "keepalived_vip: 10.99.0.9 is not in the management network 127.0.0.0/8",
    ]


def test_no_node_is_asked_where_files_alone_are_to_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(HOSTS.format(address="192.0.2.1").replace("127.0.0.2", "192.0.2.2"))
    (tmp_path / "vars.yml").write_text(VARS.replace("[ceph]", "[netapp]").replace("10.99.0.9", "192.0.2.9"))
    filer = "{name: a, managementLIF: b, dataLIF: c, svm: d, username: e, shares: [/f]}"
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "group_vars/all/netapp_vars.yml").write_text(f"netapp: [{filer}]\n")
    status, answer = _check(tmp_path, "--files")
    assert (status, answer["faults"], answer["looked_at"]) == (0, [], [])
    assert list(answer["missing"]) == ["control1", "gone"]
