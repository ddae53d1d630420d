"""A platform as the guide plans it: control, compute and storage nodes on its five networks, with systemd and sshd.

The first control node is the deployer, installed from a medium as the kickstart installs it, with that medium in its
drive. The other nodes are what the kickstart of a node leaves. All of them know one user with one password.

    with platform.booted(platform.EIGHT, medium.iso, state) as site:
        site.settle()
        site.deployer.check("airlock-site install --until ha", 600)
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import demo
from tests.site import disc, node, roots
from tests.site.network import Networks, networks
from tests.site.node import Node

SUBNETS = {"eth0": "192.168.20", "eth1": "192.168.21", "eth2": "", "eth3": "192.168.23", "eth4": "192.168.24"}
"""Service, management, provider (without addresses), overlay, storage."""
STORAGE = ("eth1", "eth4")
"""The interfaces of a storage node."""
VIP, VIP_SVC = "192.168.21.100", "192.168.20.100"
FIRST = 101
"""The last number of the first node's addresses."""
OTHERS = {"laptop": 50, "foreign": 66}
"""Machines on the networks that are no nodes: a person's, and one that may take an address."""
ROLES = ("control", "compute", "storage")
USER, PASSWORD = "clex", "stone-Under=water 8"
ADMIN = "open-Sesame~9"
"""The password that the OpenStack admin is to have."""
BOOT_SECONDS = 300.0
WATCHES = 6
"""Instances of inotify that the services of a booted node have."""
INSTALL = (
    "set -e; mkdir -p /opt/airlock /var/log/airlock;"
    " tar -xzf /mnt/burrito-*.tar.gz -C /opt/airlock --strip-components=1 --no-same-owner;"
    f" /opt/airlock/install.sh /mnt {USER}"
)
"""What the %post of the deployer's kickstart does."""
VARS = {
    "keepalived_vip": VIP,
    "keepalived_vip_svc": VIP_SVC,
    "ha_level": "vivace",
    "ntp_servers": "[]",
    "storage_backends": "[]",
    "checklist_minimum": str({role: {"cpus": 1, "memory_mb": 100, "disk_gb": 1} for role in ROLES}),
}
"""What vars.yml says where a test says nothing else."""
TAKES_LOGINS = "ss -Hltn 'sport = :22' | grep -q . && test ! -e /run/nologin"
"""What holds as soon as users may log in: sshd listens before (pam_nologin(8), systemd-user-sessions.service(8))."""


@dataclass(frozen=True)
class Plan:
    """How many nodes of each role a platform has; they are numbered in this order."""

    control: int
    compute: int = 0
    storage: int = 0

    @property
    def numbers(self) -> dict[str, int]:
        """The last number of each node's addresses, by name."""
        counts = zip(ROLES, (self.control, self.compute, self.storage), strict=True)
        names = [f"{role}{number}" for role, count in counts for number in range(1, count + 1)]
        return {name: FIRST + at for at, name in enumerate(names)}

    @property
    def hosts(self) -> str:
        """The inventory."""
        local = " ansible_connection=local ansible_python_interpreter=/usr/bin/python3"
        lines = [f"{name} ip={SUBNETS['eth1']}.{number}" for name, number in self.numbers.items()]
        lines[0] += local
        control, compute = f"control[1:{self.control}]", f"compute[1:{self.compute}]"
        groups = {"kube_control_plane": [control], "controller-node": [control], "network-node": [control]}
        groups["kube_node"] = [control, *([compute] if self.compute else [])]
        groups["compute-node"] = [compute if self.compute else control]
        lines += [f"\n[{name}]\n" + "\n".join(members) for name, members in groups.items()]
        return "\n".join(lines) + "\n"


THREE, EIGHT, SIXTEEN = Plan(3), Plan(3, 2, 3), Plan(3, 10, 3)
"""The smallest site; the guide's; a larger one."""


@dataclass
class Platform:
    """A booted platform.

    Args:
        layers: of which each node's root was made, the uppermost first.
        running: the nodes that run.
        iso: the medium's image, which the deployer has as /srv/burrito.iso, too.
        drive: the block device with the medium, in the deployer.
    """

    plan: Plan
    nets: Networks
    state: Path
    iso: Path
    drive: Path
    stack: ExitStack
    layers: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    running: dict[str, Node] = field(default_factory=dict)

    @property
    def nodes(self) -> dict[str, Node]:
        """The nodes that run, by name, in the order of the plan."""
        return {name: self.running[name] for name in self.plan.numbers if name in self.running}

    @property
    def deployer(self) -> Node:
        """The first control node."""
        return self.nodes["control1"]

    @property
    def control(self) -> dict[str, Node]:
        """The control nodes."""
        return {name: each for name, each in self.nodes.items() if name.startswith("control")}

    @property
    def folder(self) -> Path:
        """The site's folder on the deployer, as this machine sees it."""
        (found,) = self.deployer.path.glob(f"home/{USER}/burrito-*/")
        return found

    def airlock(self, *words: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run airlock-site on the deployer, on the site."""
        return self.deployer.run(f"cd /home/{USER}/burrito-*/ && airlock-site {' '.join(words)}", timeout)

    def everywhere(self, command: str, timeout: float = 120, names: Collection[str] = ()) -> dict[str, str]:
        """Run a command as root on all nodes side by side, or on some; what it printed, by node."""
        nodes = {name: each for name, each in self.nodes.items() if name in (names or self.nodes)}
        with ThreadPoolExecutor(len(nodes)) as pool:
            printed = pool.map(lambda each: each.check(command, timeout), nodes.values())
            return dict(zip(nodes, printed, strict=True))

    def holders(self, address: str = VIP) -> list[str]:
        """The control nodes that have an address."""
        return [name for name, each in self.control.items() if f" {address}/" in each.check("ip -o address")]

    def come_home(self) -> None:
        """Have the virtual addresses on the first control node again, and keepalived at work on all."""
        others = [each for name, each in self.control.items() if name != "control1"]
        self.deployer.check("systemctl start haproxy keepalived")
        for each in others:
            each.check("systemctl stop keepalived")
        wait_until(lambda: self.holders() == ["control1"])
        for each in others:
            each.check("systemctl start haproxy keepalived")

    def settle(self, variables: Mapping[str, str] = VARS, hosts: str = "") -> None:
        """Have the site ready for its first step: services on the management network, its files, its passwords."""
        # by its drive: containers see all loop devices of this machine, and others may have this label, too
        self.deployer.check(f"airlock-site media mount -q --from {self.drive}", BOOT_SECONDS)
        self.deployer.check(f"cd /home/{USER}/burrito-*/ && airlock-site prepare -q --mgmt-iface eth1", BOOT_SECONDS)
        self.deployer.check("airlock-site serve up -q", BOOT_SECONDS)
        (self.folder / "hosts").write_text(hosts or self.plan.hosts)
        (self.folder / "vars.yml").write_text("".join(f"{key}: {value}\n" for key, value in variables.items()))
        self.give_passwords(PASSWORD)

    def give_passwords(self, password: str) -> None:
        """Put the user's password, for ssh and sudo, and the admin's into the vault."""
        lines = f"ssh={password}\\nsudo={password}\\nopenstack-admin={ADMIN}\\n"
        self.deployer.check(f"cd /home/{USER}/burrito-*/ && printf '{lines}' | airlock-site vault --stdin")

    def boot(self, name: str, *, drive: bool = True) -> None:
        """Boot a node, until it can be logged in to; the deployer with or without its drive."""
        state = self.state / name
        devices = (self.drive, disc.FUSE, disc.LOOP_CONTROL) if drive and name == "control1" else ()
        binds = {self.iso: "/srv/burrito.iso"} if devices else {}
        context = node.boot(state / "root", state, binds, name, self.nets.namespace(name), devices)
        booted = self.stack.enter_context(context)
        if devices:
            booted.check(disc.make_loops())
        booted.check(f"until {TAKES_LOGINS}; do sleep 0.1; done", BOOT_SECONDS)
        self.running[name] = booted

    def cut(self, name: str) -> None:
        """Take the power of a node."""
        self.running.pop(name).cut()

    def end(self) -> None:
        """Take the power of all nodes."""
        for each in self.running.values():
            each.cut()


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)


def deployer(iso: Path, state: Path) -> Path:
    """Install a deployer from a medium into ``state``; the layer over a deployer's root in which it stands."""
    with disc.mounted(iso, state / "medium") as medium, node.layer(state) as root:
        node.run_in(root, {medium: "/mnt"}, INSTALL)
    return state / "upper"


@contextmanager
def booted(plan: Plan, iso: Path, state: Path, layer: Path | None = None) -> Iterator[Platform]:
    """A platform for the length of the block, its deployer's services up.

    Args:
        iso: the medium, which the deployer has in its drive.
        state: an empty folder.
        layer: of an installed deployer; without it one is installed.
    """
    _must_have_watches(len(plan.numbers))
    layer = layer or deployer(iso, state / "deployer")
    with ExitStack() as stack:
        drive = stack.enter_context(disc.inserted(iso))
        site = Platform(plan, stack.enter_context(networks(SUBNETS)), state, iso, drive, stack)
        for name, number in plan.numbers.items():
            site.layers[name] = (layer, roots.root()) if name == "control1" else (roots.root(roots.PLAIN),)
            _furnish(stack.enter_context(node.overlay(state / name, *site.layers[name])), name, plan)
            site.nets.machine(name, number, STORAGE if name.startswith("storage") else ())
        for name, number in OTHERS.items():
            site.nets.machine(name, number)
        with ThreadPoolExecutor(len(plan.numbers)) as pool:
            list(pool.map(site.boot, plan.numbers))
        site.deployer.check(demo.UP, BOOT_SECONDS)
        try:
            yield site
        finally:
            site.end()


def _must_have_watches(nodes: int) -> None:
    """Fail where the kernel has too few watches left: without them systemd does not see that a service has started."""
    libc, found = ctypes.CDLL(None), list[int]()
    try:
        while len(found) < nodes * WATCHES and (descriptor := libc.inotify_init()) >= 0:
            found.append(descriptor)
    finally:
        for descriptor in found:
            os.close(descriptor)
    lack = f"{nodes} nodes need {nodes * WATCHES} instances of inotify, {len(found)} are left on this machine"
    assert len(found) == nodes * WATCHES, f"{lack}: end other containers, or raise fs.inotify.max_user_instances"


def _furnish(root: Path, name: str, plan: Plan) -> None:
    """Give a node what only it has, before its first boot."""
    hosts = "127.0.0.1 localhost\n"
    if name == "control1":
        disc.bring_driver(root)
        hosts += "".join(f"{SUBNETS['eth1']}.{number} {each}\n" for each, number in plan.numbers.items())
    (root / "etc/hosts").write_text(hosts)
    subprocess.run(["chroot", root, "chpasswd"], input=f"{USER}:{PASSWORD}\n".encode(), check=True)
