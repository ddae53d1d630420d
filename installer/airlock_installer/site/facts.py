"""What a node is: interfaces, disks, sizes and clock, from what Ansible's setup and the module disks say of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

_ALONE = 32
"""The prefix of an address that keepalived sets: no network's."""


@dataclass(frozen=True)
class Interface:
    """A network interface with its IPv4 addresses."""

    name: str
    up: bool = True
    addresses: tuple[IPv4Interface, ...] = ()


@dataclass(frozen=True)
class Disk:
    """A block device, and what is on it.

    Args:
        name: below /dev.
        kind: ``disk``, ``part``, ``lvm``, ``raid1``…
        size: in bytes.
        signature: of the file system, LVM, RAID or Ceph on it; empty where there is none.
        table: the kind of partition table on it.
        mount: where it is mounted.
        below: partitions, volumes and the like that are made of it.
    """

    name: str
    kind: str = "disk"
    size: int = 0
    signature: str = ""
    table: str = ""
    mount: str = ""
    below: tuple[Disk, ...] = ()

    def all(self) -> Iterator[Disk]:
        """It and all that is made of it."""
        yield self
        for one in self.below:
            yield from one.all()


@dataclass(frozen=True)
class Device:
    """A device that the site's files name, as it is on one node.

    Args:
        real: the device that its path leads to.
        signatures: what wipefs finds on it.
        written: whether its first MiB holds anything at all.
        programs: those that have it open for writing, by their paths.
        claimed: whether the kernel keeps it for something of its own.
    """

    real: str
    signatures: tuple[str, ...] = ()
    written: bool = False
    programs: tuple[str, ...] = ()
    claimed: bool = False


@dataclass(frozen=True)
class Facts:
    """One node.

    Args:
        disks: whole disks and all below them.
        devices: by the paths that the site's files name.
        osds: devices (as lsblk names them) that OSDs of this node live on.
        root_gb: size of /.
        clock: seconds since 1970.
    """

    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    disks: tuple[Disk, ...] = ()
    devices: Mapping[str, Device] = field(default_factory=dict)
    osds: frozenset[str] = frozenset()
    cpus: int = 0
    memory_mb: int = 0
    root_gb: int = 0
    clock: float = 0

    def addresses(self) -> Iterator[tuple[Interface, IPv4Interface]]:
        """All IPv4 addresses with their interfaces."""
        for interface in self.interfaces.values():
            for address in interface.addresses:
                yield interface, address

    def network(self, interface: str) -> IPv4Network | None:
        """The network that an interface is in; None where it has no address but virtual ones."""
        found = self.interfaces.get(interface)
        networks = (address.network for address in found.addresses) if found else iter(())
        return next((network for network in networks if network.prefixlen < _ALONE), None)

    def disk(self, name: str) -> Disk | None:
        """A block device by its name."""
        return next((disk for whole in self.disks for disk in whole.all() if disk.name == name), None)

    def interface_of(self, address: IPv4Address) -> str | None:
        """The name of the interface that has an address."""
        return next((interface.name for interface, one in self.addresses() if one.ip == address), None)


def parse(raw: Mapping[str, Any]) -> Facts:
    """The facts of a node, from what the role node_facts leaves of it."""
    setup, disks = raw["setup"], raw["disks"]
    names = [str(name) for name in setup.get("ansible_interfaces", [])]
    interfaces = (_interface(name, setup.get(_key(name), {})) for name in names)
    return Facts(
        interfaces={interface.name: interface for interface in interfaces},
        disks=tuple(_disk(each) for each in disks["lsblk"].get("blockdevices", [])),
        devices={str(each["path"]): _device(each) for each in disks["devices"]},
        osds=frozenset(_mapped(str(target)) for target in disks["osds"]),
        cpus=int(setup["ansible_processor_vcpus"]),
        memory_mb=int(setup["ansible_memtotal_mb"]),
        root_gb=int(disks["root_gb"]),
        clock=float(setup["ansible_date_time"]["epoch"]),
    )


def _key(interface: str) -> str:
    """Ansible's name of the fact of an interface."""
    return "ansible_" + interface.replace("-", "_").replace(":", "_").replace(".", "_")


def _interface(name: str, said: Mapping[str, Any]) -> Interface:
    first = [said["ipv4"]] if said.get("ipv4") else []
    found = []
    for each in [*first, *said.get("ipv4_secondaries", [])]:
        with contextlib.suppress(KeyError, ValueError):
            found.append(IPv4Interface(f"{each['address']}/{each.get('prefix') or each['netmask']}"))
    return Interface(name, bool(said.get("active")), tuple(found))


def _disk(said: Mapping[str, Any]) -> Disk:
    return Disk(
        name=str(said["name"]),
        kind=str(said["type"]),
        size=int(said["size"] or 0),
        signature=str(said["fstype"] or ""),
        table=str(said["pttype"] or ""),
        mount=str(said["mountpoint"] or ""),
        below=tuple(_disk(each) for each in said.get("children", [])),
    )


def _device(said: Mapping[str, Any]) -> Device:
    return Device(
        real=str(said["real"]),
        signatures=tuple(_signatures(said["signatures"])),
        written=bool(said["written"]),
        programs=tuple(map(str, said["programs"])),
        claimed=bool(said["claimed"]),
    )


def _signatures(lines: list[str]) -> Iterator[str]:
    """What wipefs finds: ``offset,UUID,label,type`` (wipefs(8), --parsable), each kind once."""
    yield from dict.fromkeys(line.split(",")[-1] for line in lines if line and not line.startswith("#"))


def _mapped(target: str) -> str:
    """``/dev/VG/LV`` as lsblk names it: the device mapper doubles the dashes within a name (dm-setup(8))."""
    parts = target.removeprefix("/dev/").split("/")
    if len(parts) != 2 or parts[0] in ("mapper", "disk"):
        return target
    group, volume = (part.replace("-", "--") for part in parts)
    return f"/dev/mapper/{group}-{volume}"
