"""``airlock-site check`` looks at a node by ssh and sudo, with the vault's passwords: that of ``ping``'s tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airlock_installer.layout import Layout
from airlock_installer.vault import use
from tests.site import test_ping as ping
from tests.site.test_ping import PASSWORD, Far

pytestmark = pytest.mark.site

far, home = ping.far, ping.home
GROUPS = """\
[kube_control_plane]
control1
[kube_node]
control[1:2]
[controller-node]
control1
[network-node]
control1
[compute-node]
control2
"""
VARS = """\
svc_iface_name: lo
mgmt_iface_name: lo
storage_iface_name: lo
provider_iface_name: nonesuch0
overlay_iface_name: null
keepalived_vip: 127.0.0.1
storage_backends: [netapp]
checklist_minimum:
  control: {cpus: 1, memory_mb: 100, disk_gb: 1}
  compute: {cpus: 100, memory_mb: 100, disk_gb: 1}
"""
FILER = "netapp: [{name: a, managementLIF: b, dataLIF: c, svm: d, username: e, shares: [/f]}]\n"


def _check(home: Path, far: Far, **vault: str) -> tuple[int, dict[str, Any], str]:
    site, layout = home / "site", Layout(home / "root")
    (site / "group_vars/all").mkdir(parents=True)
    way = f"ansible_host=127.0.0.1 ansible_port={far.port} ansible_user=clex"
    local = "control1 ip=192.0.2.1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n"
    key = f"ansible_ssh_private_key_file={home}/.ssh/id_ed25519"
    (site / "hosts").write_text(f"{local}control2 ip=192.0.2.2 {way} {key}\n{GROUPS}")
    (site / "vars.yml").write_text(VARS.replace("127.0.0.1", "192.0.2.9"))
    (site / "group_vars/all/netapp_vars.yml").write_text(FILER)
    use.of(layout, site).write({f"vault_{name}_password": value for name, value in vault.items()})
    environment = {**os.environ, "AIRLOCK_ROOT": str(layout.root), "HOME": str(home)}
    command = [sys.executable, "-m", "airlock_installer", "check", "--json", "--site", str(site)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, json.loads(done.stdout), done.stdout + done.stderr


def test_a_node_is_looked_at_by_the_vault_s_passwords_which_are_not_told(home: Path, far: Far) -> None:
    ping._know(home, far, known=False)
    far.sudoers("clex ALL=(ALL) ALL")
    status, answer, printed = _check(home, far, ssh=PASSWORD, sudo=PASSWORD)
    assert (status, answer["looked_at"], answer["missing"]) == (3, ["control1", "control2"], {})
    told = [fault["what"] for fault in answer["faults"]]
    assert "provider_iface_name: there is no nonesuch0 on control1, control2" in told
    assert "keepalived_vip: 192.0.2.9 is not in the management network 127.0.0.0/8" in told
    assert any(text.startswith("control2: too small for a compute node:") for text in told)
    assert answer["waiting"] == []
    assert "canary" not in printed


def test_a_node_that_lets_nobody_in_is_named_and_the_other_is_judged(home: Path, far: Far) -> None:
    ping._know(home, far, known=False)
    _, answer, _ = _check(home, far, ssh="wrong", sudo="wrong")
    assert (answer["looked_at"], list(answer["missing"])) == (["control1"], ["control2"])
    assert "not let in with the password" in answer["missing"]["control2"]["why"]
    assert "provider_iface_name: there is no nonesuch0 on control1" in [fault["what"] for fault in answer["faults"]]
    assert {node for waiting in answer["waiting"] for node in waiting["nodes"]} == {"control2"}
