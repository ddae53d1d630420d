"""Step ha on three control nodes: the virtual address, its gate, a machine that has it already, and the drill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from airlock_installer import ledger
from airlock_installer.layout import Layout
from airlock_installer.ledger import Begun, Ledger
from tests import made_medium
from tests.site import node
from tests.site.network import Networks, networks
from tests.site.node import Node
from tests.standin import packages

pytestmark = pytest.mark.site

NODES = ("control1", "control2", "control3")
SUBNETS = {"eth0": "192.168.20", "eth1": "192.168.21"}
VIP, VIP_SVC = "192.168.21.100", "192.168.20.100"
KEYS = Path(packages.__file__).parents[1] / "keys"
REPO = "[burrito]\nname=Burrito Repo\nbaseurl=file:///srv/repo\nenabled=1\ngpgcheck=1\n"
VARS = f"keepalived_vip: {VIP}\nkeepalived_vip_svc: {VIP_SVC}\nha_level: vivace\nntp_servers: []\n"
FRONT = f"frontend front\n    bind {VIP}:6000 transparent\n    mode http\n    monitor-uri /\n"
"""A frontend of a later step, at the virtual address."""
BARE = "rpm --import /root/key && rpm -e haproxy keepalived && ssh-keygen -A && chown -R clex: /home/clex"


@dataclass
class Trio:
    """Three control nodes, and the deployer's commands, which run beside the first."""

    nodes: dict[str, Node]
    nets: Networks
    site: Path
    layout: Layout

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run airlock-site on the site."""
        environment = {**os.environ, "AIRLOCK_ROOT": str(self.layout.root)}
        command = ["nsenter", f"--net=/run/netns/{self.nets.prefix}-control1", sys.executable, "-m"]
        return subprocess.run(
            [*command, "airlock_installer", *words, "--site", str(self.site)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def holders(self, address: str = VIP) -> list[str]:
        """The nodes that have an address."""
        return [name for name, each in self.nodes.items() if f" {address}/" in each.check("ip -o address")]


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trio]:
    """Three booted control nodes without haproxy and keepalived, and a deployer whose preflight is done."""
    folder = tmp_path_factory.mktemp("ha")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    made_medium.write(folder / "medium", {"BaseOS/none": b""})
    with ExitStack() as stack:
        nets = stack.enter_context(networks(SUBNETS))
        nodes = {name: _booted(stack, nets, folder, name, 101 + at) for at, name in enumerate(NODES)}
        layout = stack.enter_context(made_medium.mounted(folder / "root", folder / "medium"))
        entry = Ledger(layout.ledger).begin(Begun("preflight", "a test"), layout.runs)
        for state in (ledger.APPLIED, ledger.VERIFIED, ledger.COMMITTED):
            Ledger(layout.ledger).move(entry.id, state)
        nets.machine("foreign", 66)
        yield Trio(nodes, nets, _site(folder), layout)


def _booted(stack: ExitStack, nets: Networks, folder: Path, name: str, number: int) -> Node:
    state = folder / name
    root = stack.enter_context(node.overlay(state))
    (root / "etc/yum.repos.d").mkdir(parents=True, exist_ok=True)
    (root / "etc/yum.repos.d/burrito.repo").write_text(REPO)
    (root / "root/key").write_bytes((KEYS / "RPM-GPG-KEY-pebble").read_bytes())
    (root / "home/clex/.ssh").mkdir(mode=0o700)
    (root / "home/clex/.ssh/authorized_keys").write_bytes((folder / "key.pub").read_bytes())
    done = subprocess.run(["chroot", root, "sh", "-c", BARE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    space = nets.machine(name, number)
    running = stack.enter_context(node.boot(root, state, {packages.build(): "/srv/repo"}, name, space))
    running.check("systemctl start sshd")
    return running


def _site(folder: Path) -> Path:
    site = folder / "site"
    site.mkdir()
    way = f"ansible_user=clex ansible_ssh_private_key_file={folder}/key"
    options = "ansible_ssh_common_args='-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'"
    addresses = {name: f"{SUBNETS['eth1']}.{101 + at}" for at, name in enumerate(NODES)}
    hosts = "".join(f"{name} ip={ip} {way} {options}\n" for name, ip in addresses.items())
    (site / "hosts").write_text(f"{hosts}\n[kube_control_plane]\n" + "".join(f"{name}\n" for name in NODES))
    (site / "vars.yml").write_text(VARS + "mgmt_iface_name: eth1\nsvc_iface_name: eth0\n")
    return site


@contextmanager
def taken(trio: Trio) -> Iterator[str]:
    """A machine that is no node has the virtual address; its hardware address."""
    trio.nets.take("foreign", VIP, "eth1")
    try:
        yield trio.nets.hardware("foreign", "eth1")
    finally:
        trio.nets.give_back("foreign", VIP, "eth1")


def test_address_that_another_machine_has_is_not_taken_and_that_machine_is_named(trio: Trio) -> None:
    with taken(trio) as foreign:
        done = trio.run("run", "ha")
    assert done.returncode == 8, done.stderr
    for name in NODES:
        assert f"{name}: the task 'Stop where another machine has one' failed" in done.stderr
    assert f"{VIP} is in use: {foreign} answers on eth1" in done.stderr
    assert trio.nodes["control1"].run("rpm -q keepalived haproxy").returncode != 0


def test_first_control_node_gets_the_addresses_and_a_second_run_changes_nothing(trio: Trio) -> None:
    first = trio.run("run", "ha")
    assert first.returncode == 0, first.stderr
    assert (trio.holders(), trio.holders(VIP_SVC)) == (["control1"], ["control1"])
    second = trio.run("run", "ha", "-v")
    assert second.returncode == 0, second.stderr
    assert second.stdout.count("changed=0") == len(NODES), second.stdout
    assert trio.holders() == ["control1"]


def test_drill_moves_the_address_tells_the_seconds_and_brings_the_node_back(trio: Trio) -> None:
    before = trio.holders()
    for each in trio.nodes.values():
        (each.path / "etc/haproxy/conf.d/50-front.cfg").write_text(FRONT)
        each.check("systemctl reload haproxy")
    done = trio.run("drill", "ha", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [told["before"]] == before
    assert [told["after"]] == trio.holders() == trio.holders(VIP_SVC)
    assert told["after"] != told["before"]
    assert 0 < told["seconds"] <= told["promised"] == 13
    assert trio.nodes[told["before"]].check("systemctl is-active keepalived") == "active\n"
    assert "200 OK" in trio.nodes[told["before"]].check(f"curl -fsS http://{VIP}:6000/")


def test_gate_names_a_machine_that_answers_beside_the_holder_and_no_drill_begins(trio: Trio) -> None:
    before = trio.holders()
    with taken(trio) as foreign:
        done = trio.run("drill", "ha")
    assert done.returncode == 9, done.stderr
    assert f"{VIP}: another machine answers for it on eth1: {foreign}" in done.stderr
    assert trio.holders() == before


def test_address_moves_when_its_holder_stops_and_the_gate_says_who_does_not_run(trio: Trio) -> None:
    (before,) = trio.holders()
    trio.nodes[before].check("systemctl stop keepalived")
    wait_until(lambda: trio.holders() and trio.holders() != [before])
    done = trio.run("drill", "ha")
    assert done.returncode == 9, done.stderr
    assert f"{before}: keepalived.service: expected active, found inactive" in done.stderr
    assert "another machine" not in done.stderr
    trio.nodes[before].check("systemctl start keepalived")


def test_address_leaves_a_node_whose_haproxy_does_not_answer(trio: Trio) -> None:
    (before,) = trio.holders()
    trio.nodes[before].check("systemctl stop haproxy")
    wait_until(lambda: trio.holders() and trio.holders() != [before])
    trio.nodes[before].check("systemctl start haproxy")
    assert trio.holders() == trio.holders(VIP_SVC) != [before]


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)
