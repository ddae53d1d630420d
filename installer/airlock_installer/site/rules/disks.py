"""Rules about the disks that storage backends get: there, empty, and not the system's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from airlock_installer.site.facts import Device, Disk, Facts
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault, Step
from airlock_installer.site.rules.interfaces import Nodes
from airlock_installer.site.rules.rule import FactsRule

Problem = tuple[str, str]
"""What is wrong with a device, and what to do."""
_PROTECTIVE = "PMBR"
"""What wipefs finds besides wherever there is a GPT."""
_SDS = "/opt/emc/scaleio/sds/"
"""Where the programs of PowerFlex's SDS stand."""
_SYSTEM = ("/", "/boot", "/boot/efi", "/usr", "/var", "[SWAP]")


def osds(site: Site) -> tuple[str, ...]:
    """Nodes with OSDs, where ceph is a backend."""
    return site.inventory.members("osds") if "ceph" in site.variables.storage_backends else ()


def sds(site: Site) -> tuple[str, ...]:
    """Nodes that give disks to PowerFlex, where that is a backend."""
    return site.inventory.members("sds") if "powerflex" in site.variables.storage_backends else ()


def osd_disks_are_free(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """What becomes an OSD holds nothing, or is one of this node's OSDs already."""
    for index, volume in enumerate(site.backends.ceph.lvm_volumes if site.backends.ceph else ()):
        place = ("lvm_volumes", index, "data")
        yield from _of_device(site, nodes, volume.data, "ceph", place, _of_osd)


def sds_disks_are_free(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """What PowerFlex gets holds nothing, or is in use by this node's SDS already.

    PowerFlex leaves no signature: what a stopped SDS has written cannot be told from other data.
    """
    for index, path in enumerate(site.backends.powerflex.sds_devices if site.backends.powerflex else ()):
        yield from _of_device(site, nodes, path, "powerflex", ("sds_devices", index), _of_sds)


def _of_device(
    site: Site, nodes: Nodes, path: str, file: str, place: tuple[Step, ...], is_ours: Callable[[Facts, Disk], bool]
) -> Iterator[Fault]:
    problems: dict[Problem, list[str]] = {}
    for node, facts in nodes.items():
        for problem in _problems(path, facts, is_ours):
            problems.setdefault(problem, []).append(node)
    for (what, todo), where in problems.items():
        yield site.at(f"{path} on {', '.join(where)} {what}", *place, file=file, todo=todo)


def _problems(path: str, facts: Facts, is_ours: Callable[[Facts, Disk], bool]) -> Iterator[Problem]:
    """What is wrong with a device of a node."""
    device = facts.devices.get(path)
    disk = facts.disk(device.real) if device else None
    if device is None:
        return
    if disk is None:
        there = ", ".join(f"{one.name} ({_size(one)})" for one in facts.disks if one.kind == "disk" and one.size)
        yield f"is not there; there are {there or 'no disks'}", ""
    elif mounts := [one.mount for one in disk.all() if one.mount]:
        use = "the system's disk" if any(mount in _SYSTEM for mount in mounts) else "in use"
        yield f"is {use}: {', '.join(mounts)} is on it", "name another"
    elif not is_ours(facts, disk):
        yield from _foreign(path, device, disk)


def _foreign(path: str, device: Device, disk: Disk) -> Iterator[Problem]:
    """What is on a device, or who uses it: the first that is found."""
    found = [*_contents(disk), *(kind for kind in device.signatures if kind not in (disk.table, _PROTECTIVE))]
    if device.programs:
        yield f"is in use: {', '.join(device.programs)} writes to it", "name another"
    elif found:
        todo = f"look at it (`lsblk {path}`); if nothing on it is wanted: `wipefs --all {path}`"
        yield f"is not empty: {', '.join(dict.fromkeys(found))}", todo
    elif device.claimed:
        yield "is in use: the kernel keeps it for something that lsblk does not show", "name another"
    elif device.written:
        todo = (
            "a PowerFlex SDS that is stopped leaves such: where it is one of this site's, start it and check again; if"
            f" nothing is wanted: `dd if=/dev/zero of={path} bs=1M count=1`"
        )
        yield "is not empty: data of an unknown kind", todo


def _of_osd(facts: Facts, disk: Disk) -> bool:
    """Whether an OSD of this node lives on a disk."""
    return any(one.name in facts.osds for one in disk.all())


def _of_sds(facts: Facts, disk: Disk) -> bool:
    """Whether PowerFlex's SDS of this node writes to a disk, and nobody else."""
    used = [one.programs for one in facts.devices.values() if one.real == disk.name and one.programs]
    return bool(used) and all(program.startswith(_SDS) for programs in used for program in programs)


def _contents(disk: Disk) -> Iterator[str]:
    if disk.signature:
        yield disk.signature
    if disk.table:
        yield f"a partition table ({disk.table})"
    for one in disk.below:
        yield one.name


def _size(disk: Disk) -> str:
    return f"{disk.size / 10**9:.0f} GB"


RULES = (
    FactsRule("disks for OSDs are there, empty, and not the system's", osds, osd_disks_are_free),
    FactsRule("disks for PowerFlex are there, empty, and not the system's", sds, sds_disks_are_free),
)
