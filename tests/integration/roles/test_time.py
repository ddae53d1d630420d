"""A control node, with chrony.conf as preflight writes it, follows a server outside that answers: a real chronyd."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_preflight
from tests.integration.roles.playing import Stage
from tests.site import roots

pytestmark = [pytest.mark.integration, pytest.mark.long]

SERVER = "198.51.100.7"
ROLE = f"""\
- name: Time
  hosts: control1
  gather_facts: false
  roles:
    - role: time_sync
      vars:
        time_sync_servers: [{SERVER}]
"""
OUTSIDE = f"""\
local stratum 3
allow
bindaddress {SERVER}
cmdport 0
bindcmdaddress /
pidfile /run/outside.pid
"""
FOLLOW = """\
set -e
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/upper,workdir=$0/work" "$0/root"
mount -t proc proc "$0/root/proc"
cp "$0/outside.conf" "$0/chrony.conf" "$0/root/etc"
ip link set lo up
ip address add "$2/32" dev lo
chroot "$0/root" chronyd -x -d -u chrony -f /etc/outside.conf >&2 &
chroot "$0/root" chronyd -x -d -u chrony >&2 &
for second in $(seq 60); do
    sleep 1
    chroot "$0/root" chronyc -c tracking | grep Normal && break
done
chroot "$0/root" chronyc -c -N sources
"""
"""The server and the node in one network that nobody else is in, until the node is in step."""


def test_node_follows_the_server_outside_and_its_gate_passes(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "role.yml").write_text(ROLE)
    written = stage.play(tmp_path / "role.yml", {}, "--check").of("Write chrony.conf", "control1")
    place = tmp_path / "node"
    for name in ("upper", "work", "root"):
        (place / name).mkdir(parents=True)
    (place / "chrony.conf").write_text(written[0].texts[0])
    (place / "outside.conf").write_text(OUTSIDE)
    apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    command = [*apart, "sh", "-c", FOLLOW, str(place), str(roots.root(roots.PLAIN)), SERVER]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    tracking, *sources = done.stdout.splitlines()
    assert tracking.split(",")[1] == SERVER
    found = {"control1": {"repos": ["burrito"], "sources": sources, "tracking": [tracking]}}
    inventory = Inventory({"control1": {"ip": "127.0.0.1"}}, {"kube_control_plane": ["control1"]})
    assert gate_preflight.judge(Site(tmp_path, inventory, Variables(ntp_servers=(SERVER,))), found) == []
