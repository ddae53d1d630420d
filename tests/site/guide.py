"""The published offline guide, typed by somebody at the deployer: its commands, in its order, and nothing else.

Where the guide says "edit", the sample is edited: what it must have filled in, and for a lab smaller nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.site.person import Person, Typed
from tests.site.platform import ADMIN, PASSWORD, ROLES, SUBNETS, USER, VIP, VIP_SVC, Platform

EDITS = {
    'keepalived_vip: ""': f"keepalived_vip: {VIP}",
    'keepalived_vip_svc: ""': f"keepalived_vip_svc: {VIP_SVC}",
    "\nha_level: moderato": "\nha_level: vivace",
}
LAB = "\nchecklist_minimum:\n" + "".join(f"  {role}: {{cpus: 1, memory_mb: 100, disk_gb: 1}}\n" for role in ROLES)
MOUNT = "sudo mount -o loop,ro /srv/burrito.iso /mnt"
ANSWERS: dict[str, list[tuple[str, str]]] = {
    "./prepare.sh offline": [("Enter management network interface name: ", "eth1")],
    "./run.sh vault": [
        (f"{USER} password: ", PASSWORD),
        ("again: ", PASSWORD),
        (f"{USER} sudo password (Enter: the same): ", ""),
        ("openstack admin password: ", ADMIN),
        ("again: ", ADMIN),
    ],
}


@dataclass
class Walk:
    """A way through the guide.

    Args:
        typed: what was typed, and what came of it, by command.
    """

    site: Platform
    typed: dict[str, Typed] = field(default_factory=dict)

    def person(self, name: str = "control1") -> Person:
        """Somebody who has logged in to a node."""
        address = f"{SUBNETS['eth1']}.{self.site.plan.numbers[name]}"
        return Person(self.site.nets.namespace("laptop"), address, USER, PASSWORD)

    def prepare(self) -> None:
        """From the medium to passwords that reach every node."""
        version = self.site.folder.name
        self._at_the_deployer(
            MOUNT,
            "ls /mnt/burrito-*.tar.gz",
            f"tar xzf /mnt/{version}.tar.gz",
            f"cd {version}",
            "./prepare.sh offline",
            "cp hosts.sample hosts",
            "cp vars.yml.sample vars.yml",
            then=self._edit,
        )
        self._at_the_deployer(f"cd {version}", "./run.sh vault", "./run.sh ping")

    def preflight(self) -> None:
        """Step 1."""
        commands = ("./run.sh preflight", "sudo dnf repolist", "chronyc sources")
        self._at_the_deployer(f"cd {self.site.folder.name}", *commands)

    def ha(self) -> None:
        """Step 2."""
        self._at_the_deployer(
            f"cd {self.site.folder.name}",
            "./run.sh ha",
            "sudo systemctl status keepalived haproxy",
            "ip -br -4 address show dev eth1",
            "ip -br -4 address show dev eth0",
        )

    def landing(self) -> None:
        """The step that brings registry and local repo to the control nodes."""
        commands = ("./run.sh landing", "sudo systemctl status genesis_registry.service")
        self._at_the_deployer(f"cd {self.site.folder.name}", *commands)

    def _edit(self) -> None:
        path = self.site.folder / "vars.yml"
        text = path.read_text()
        for before, after in EDITS.items():
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        path.write_text(text + LAB)

    def _at_the_deployer(self, *commands: str, then: Callable[[], None] = lambda: None) -> None:
        person = self.person()
        for command in commands:
            self.typed[command] = person.type(command, ANSWERS.get(command, ()))
        person.leave()
        then()
