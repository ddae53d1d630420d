"""The nodes of the guide's site as they are when all is well."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface

from airlock_installer.site.facts import Device, Disk, Facts, Interface

GB = 10**9
NOW = 1_700_000_000.0
_NUMBERS = {
    **{f"control{number}": 100 + number for number in (1, 2, 3)},
    **{f"compute{number}": 103 + number for number in (1, 2)},
    **{f"storage{number}": 105 + number for number in (1, 2, 3)},
}
_NETWORKS = {"eth0": 20, "eth1": 21, "eth2": None, "eth3": 23, "eth4": 24}


def interface(name: str, *addresses: str, up: bool = True) -> Interface:
    """An interface."""
    return Interface(name, up, tuple(map(IPv4Interface, addresses)))


def node(name: str) -> Facts:
    """One node of the guide's table of networks."""
    number, storage = _NUMBERS[name], name.startswith("storage")
    networks = {key: net for key, net in _NETWORKS.items() if not storage or key in ("eth1", "eth4")}
    interfaces = {
        key: interface(key, *([f"192.168.{net}.{number}/24"] if net else [])) for key, net in networks.items()
    }
    free = [f"/dev/sd{letter}" for letter in "bcd"] if storage else []
    system = Disk(
        "/dev/sda", "disk", 54 * GB, table="gpt", below=(Disk("/dev/sda1", "part", 54 * GB, "xfs", mount="/"),)
    )
    return Facts(
        interfaces={"lo": interface("lo", "127.0.0.1/8"), **interfaces},
        disks=(system, *(Disk(path, "disk", 54 * GB) for path in free)),
        devices={path: Device(path) for path in free},
        cpus=8,
        memory_mb=16_000,
        root_gb=50,
        clock=NOW,
    )


def site() -> dict[str, Facts]:
    """All nodes."""
    return {name: node(name) for name in _NUMBERS}


def with_interface(facts: Facts, *changed: Interface) -> Facts:
    """A node with some interfaces changed."""
    return replace(facts, interfaces={**facts.interfaces, **{one.name: one for one in changed}})


def without_interface(facts: Facts, name: str) -> Facts:
    """A node that lacks an interface."""
    return replace(facts, interfaces={key: one for key, one in facts.interfaces.items() if key != name})


def with_disk(facts: Facts, disk: Disk, device: Device | None = None) -> Facts:
    """A node with a disk changed."""
    disks = tuple(disk if one.name == disk.name else one for one in facts.disks)
    return replace(facts, disks=disks, devices={**facts.devices, disk.name: device or Device(disk.name)})
