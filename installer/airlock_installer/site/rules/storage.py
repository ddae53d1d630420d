"""Rules about storage backends: their groups, how many nodes, and that their files are filled in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from airlock_installer.site.kinds import file_of
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault
from airlock_installer.site.rules import groups
from airlock_installer.site.rules.rule import Rule

_GROUPS = {"ceph": ("mons", "mgrs", "osds", "rgws"), "powerflex": groups.POWERFLEX}
"""Groups that a backend cannot be without."""
_CLIENTS = {"ceph": groups.CEPH, "powerflex": ("sdc",)}
"""Groups of nodes that can use what a backend stores."""
_MDM = (1, 3, 5)
"""Sizes of an MDM cluster (Dell PowerFlex: single node, three nodes, five nodes)."""
_FILLED = {
    "ceph": ("lvm_volumes",),
    "netapp": ("netapp",),
    "powerflex": ("mdm_ip", "storage_iface_names", "sds_devices"),
    "hitachi": (
        "hitachi_serial_number",
        "hitachi_pool_id",
        "hitachi_port_id",
        "hitachi_san_ip",
        "hitachi_san_login",
        "hitachi_ldev_range",
    ),
}
"""What of a backend's settings must be given."""


def some_backend(site: Site) -> Iterator[Fault]:
    """Volumes and images are kept somewhere."""
    if not site.variables.storage_backends:
        yield site.at("no storage backend", "storage_backends", todo="name one or more; the first is the default")


def backends_have_groups(site: Site) -> Iterator[Fault]:
    """A backend that runs on nodes has them."""
    for index, backend in enumerate(site.variables.storage_backends):
        lacking = [group for group in _GROUPS.get(backend, ()) if not site.inventory.members(group)]
        if lacking:
            what = f"{backend} needs nodes in {', '.join(lacking)}, and there are none in hosts"
            todo = f"copy a sample of hosts that has them, or take {backend} out"
            yield site.at(what, "storage_backends", index, todo=todo)


def nodes_are_clients(site: Site) -> Iterator[Fault]:
    """Every node of Kubernetes can use the volumes of a backend that runs on nodes."""
    for backend in site.variables.storage_backends:
        clients = site.inventory.members(*_CLIENTS.get(backend, ()))
        if not clients or not all(site.inventory.members(group) for group in _GROUPS[backend]):
            continue  # told already
        group = _CLIENTS[backend][-1]
        for host in site.kubernetes():
            if host not in clients:
                what = f"{host} runs pods and is no client of {backend}"
                yield site.at_group(what, group, todo=f"write {host} below [{group}]")


def mons_are_odd(site: Site) -> Iterator[Fault]:
    """An even number of monitors survives no more losses than one less."""
    mons = site.inventory.members("mons")
    if "ceph" in site.variables.storage_backends and mons and len(mons) % 2 == 0:
        why = "they decide by majority: an even number survives no more losses than one monitor less"
        what = f"an even number of monitors: {', '.join(mons)}"
        yield site.at_group(what, "mons", why=why, todo=f"name {len(mons) - 1} or {len(mons) + 1}")


def mdm_is_whole(site: Site) -> Iterator[Fault]:
    """PowerFlex knows clusters of one, three and five."""
    mdm = site.inventory.members("mdm")
    if "powerflex" in site.variables.storage_backends and mdm and len(mdm) not in _MDM:
        yield site.at_group(f"an MDM cluster of {len(mdm)}: {', '.join(mdm)}", "mdm", todo="name one, three or five")


def is_filled_in(backend: str, site: Site) -> Iterator[Fault]:
    """What the sample leaves open is written where the backend is used."""
    settings = site.backends.of(backend)
    if backend not in site.variables.storage_backends:
        return
    if settings is None:
        if backend not in site.sources:
            todo = f"run `airlock-site prepare`, which copies a sample, and edit {file_of(backend)}"
            yield site.at(f"there is no such file, and {backend} is a storage backend", file=backend, todo=todo)
        return
    for key in _FILLED[backend]:
        if not getattr(settings, key):
            yield site.at(f"is not filled in, and {backend} is a storage backend", key, file=backend)


def devices_are_distinct(site: Site) -> Iterator[Fault]:
    """No disk is named twice."""
    volumes = site.backends.ceph.lvm_volumes if site.backends.ceph else ()
    for index, volume in enumerate(volumes):
        if volume in volumes[:index]:
            yield site.at(f"{volume.data} stands twice", "lvm_volumes", index, "data", file="ceph")


def filers_are_distinct(site: Site) -> Iterator[Fault]:
    """No two NetApp backends have one name."""
    filers = site.backends.netapp.netapp if site.backends.netapp else ()
    for index, filer in enumerate(filers):
        if filer.name in [other.name for other in filers[:index]]:
            yield site.at(f"{filer.name} stands twice", "netapp", index, "name", file="netapp")


RULES = (
    Rule("there is a storage backend", some_backend, step="burrito", hosts=False),
    Rule("storage backends have their groups", backends_have_groups),
    Rule("nodes of Kubernetes are clients of the storage backends", nodes_are_clients),
    Rule("monitors are odd in number", mons_are_odd),
    Rule("an MDM cluster has one, three or five nodes", mdm_is_whole),
    Rule("no disk stands twice", devices_are_distinct, hosts=False),
    Rule("no NetApp backend stands twice", filers_are_distinct, hosts=False),
    *(
        Rule(f"the settings of {backend} are filled in", partial(is_filled_in, backend), backend, hosts=False)
        for backend in _FILLED
    ),
)
