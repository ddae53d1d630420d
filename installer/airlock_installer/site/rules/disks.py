"""Rules about the disks that storage backends get: there, empty, and not the system's."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.site.facts import Disk, Facts
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault, Step
from airlock_installer.site.rules.interfaces import Nodes
from airlock_installer.site.rules.rule import FactsRule

_PROTECTIVE = "PMBR"
"""What wipefs finds besides wherever there is a GPT."""
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
        yield from _of_device(site, nodes, volume.data, "ceph", place, raw=True)


def sds_disks_are_free(site: Site, nodes: Nodes) -> Iterator[Fault]:
    """PowerFlex leaves no signature, so that a disk that it uses looks as one that was written to: both are taken."""
    for index, path in enumerate(site.backends.powerflex.sds_devices if site.backends.powerflex else ()):
        yield from _of_device(site, nodes, path, "powerflex", ("sds_devices", index), raw=False)


def _of_device(
    site: Site, nodes: Nodes, path: str, file: str, place: tuple[Step, ...], *, raw: bool
) -> Iterator[Fault]:
    problems: dict[tuple[str, str], list[str]] = {}
    for node, facts in nodes.items():
        for problem in _problems(path, facts, raw=raw):
            problems.setdefault(problem, []).append(node)
    for (what, todo), where in problems.items():
        yield site.at(f"{path} on {', '.join(where)} {what}", *place, file=file, todo=todo)


def _problems(path: str, facts: Facts, *, raw: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with a device of a node, and what to do."""
    device = facts.devices.get(path)
    disk = facts.disk(device.real) if device else None
    if device is None:
        return
    if disk is None:
        there = ", ".join(f"{one.name} ({_size(one)})" for one in facts.disks if one.kind == "disk" and one.size)
        yield f"is not there; there are {there or 'no disks'}", ""
    elif mounts := [one.mount for one in disk.all() if one.mount]:
        if any(mount in _SYSTEM for mount in mounts):
            yield f"is the system's disk: {', '.join(mounts)} is on it", "name another"
        else:
            yield f"is in use: {', '.join(mounts)} is on it", "name another"
    elif not any(one.name in facts.osds for one in disk.all()):
        found = [*_contents(disk), *(kind for kind in device.signatures if kind not in (disk.table, _PROTECTIVE))]
        if found:
            todo = f"look at it (`lsblk {path}`); if nothing on it is wanted: `wipefs --all {path}`"
            yield f"is not empty: {', '.join(dict.fromkeys(found))}", todo
        elif raw and device.written:
            todo = f"PowerFlex leaves such; if nothing is wanted: `dd if=/dev/zero of={path} bs=1M count=1`"
            yield "is not empty: data of an unknown kind", todo


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
