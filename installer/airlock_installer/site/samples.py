"""Samples of ``hosts``, ``vars.yml`` and ``group_vars``: copied where nothing is, kept where something is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from airlock_core import atomic
from airlock_installer import machine
from airlock_installer.site import minimum

CONTROL_MINIMUM = minimum.GUIDE["control"]
"""What the guide asks of a control node."""

_COPIED = {"hosts.sample": "hosts", "vars.yml.sample": "vars.yml"}
_ONE_NODE = """\
# One node: this deployer. For more, copy one of the samples here (hosts.sample and others) over this file.
control1 ip={address} ansible_connection=local ansible_python_interpreter=/usr/bin/python3

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
_LAB = """
# This machine ({cpus} CPUs, {memory_mb} MB of memory, {disk_gb} GB for /) is smaller than a control node should be.
# With the following it passes the checklist as a lab; take it out for a site that people will use.
checklist_minimum:
  control: {{cpus: {cpus}, memory_mb: {memory_mb}, disk_gb: {disk_gb}}}
"""


def write(site: Path, uid: int = -1, gid: int = -1) -> tuple[Path, ...]:
    """Copy the samples into a site's folder.

    Args:
        uid, gid: the new files' owner; -1 leaves it.

    Returns:
        The files that are new.
    """
    texts = dict(_texts())
    return _write_new(site, {**texts, **{_COPIED[name]: texts[name] for name in _COPIED}}, uid, gid)


def write_one_node(site: Path, uid: int = -1, gid: int = -1) -> tuple[Path, ...]:
    """Copy the samples and write an inventory of this one node, which an appliance can be tried with at once.

    A machine that is smaller than the guide asks gets its own size written into ``vars.yml``, for all to see.
    """
    texts = dict(_texts())
    ours = {"hosts": _ONE_NODE.format(address=machine.LOOPBACK), "vars.yml": _without_backends(texts) + _lab(_size())}
    return _write_new(site, {**texts, **ours}, uid, gid)


def is_one_node(site: Path) -> bool:
    """Whether a site's inventory is still the one that :func:`write_one_node` wrote."""
    try:
        return (site / "hosts").read_text("utf-8") == _ONE_NODE.format(address=machine.LOOPBACK)
    except (OSError, UnicodeDecodeError):
        return False


def _without_backends(texts: Mapping[str, str]) -> str:
    return texts["vars.yml.sample"].replace("storage_backends:\n  - ceph\n", "storage_backends: []\n")


def _lab(size: Mapping[str, int]) -> str:
    small = any(size[key] < CONTROL_MINIMUM[key] for key in CONTROL_MINIMUM)
    return _LAB.format(**{key: min(size[key], CONTROL_MINIMUM[key]) for key in CONTROL_MINIMUM}) if small else ""


def _size() -> dict[str, int]:
    # A little below what is there now: the kernel's share of the memory changes from boot to boot.
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // 10 >> 20
    disk = os.statvfs("/")
    return {"cpus": os.cpu_count() or 1, "memory_mb": memory, "disk_gb": disk.f_blocks * disk.f_frsize // 10**9}


def _texts() -> Iterator[tuple[str, str]]:
    yield from _walk(resources.files("airlock_installer") / "samples", PurePosixPath())


def _walk(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, below / entry.name)
        else:
            yield str(below / entry.name), entry.read_text("utf-8")


def _write_new(site: Path, texts: Mapping[str, str], uid: int, gid: int) -> tuple[Path, ...]:
    new = []
    for name, text in sorted(texts.items()):
        path = site / name
        if not path.exists():
            atomic.write(path, text)
            os.chown(path, uid, gid)
            new.append(path)
    for folder in {site, *(parent for path in new for parent in path.parents if parent.is_relative_to(site))}:
        os.chown(folder, uid, gid)
    return tuple(new)
