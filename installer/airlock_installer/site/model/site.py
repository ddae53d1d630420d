"""A site as its files say it, and where they say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from airlock_core.digest import Digest, of_file
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.kinds import VARIABLES, file_of
from airlock_installer.site.minimum import Role
from airlock_installer.site.model.backends import Ceph, Hitachi, Netapp, Powerflex
from airlock_installer.site.model.values import Model
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.places import Fault, Source, Step


@dataclass(frozen=True)
class Backends:
    """Settings of the storage backends; None where there is no file, or not a whole one."""

    ceph: Ceph | None = None
    netapp: Netapp | None = None
    powerflex: Powerflex | None = None
    hitachi: Hitachi | None = None

    def of(self, name: str) -> Model | None:
        """The settings of one backend."""
        found: Model | None = getattr(self, name)
        return found


@dataclass(frozen=True)
class Site:
    """One site.

    Args:
        folder: where its files are.
        variables: ``vars.yml`` with its defaults; by attribute as types, by key as they stand in YAML.
        backends: ``group_vars/all/<backend>_vars.yml``.
        sources: the YAML files by their short names.
    """

    folder: Path
    inventory: Inventory
    variables: Variables
    backends: Backends = field(default_factory=Backends)
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def hosts_file(self) -> Path:
        """The inventory's file."""
        return self.folder / "hosts"

    @property
    def vars_file(self) -> Path:
        """The variables' file."""
        return self.folder / "vars.yml"

    @property
    def default_backend(self) -> str | None:
        """The first backend: default storage class, glance's store and cinder's default type."""
        return self.variables.storage_backends[0] if self.variables.storage_backends else None

    def inputs(self) -> dict[str, Digest]:
        """Digests of all that people wrote, by name, for the report."""
        below = [path for name in ("group_vars", "host_vars") for path in sorted((self.folder / name).rglob("*"))]
        files = [self.hosts_file, self.vars_file, *(path for path in below if path.is_file())]
        return {str(path.relative_to(self.folder)): of_file(path) for path in files}

    def kubernetes(self) -> tuple[str, ...]:
        """The nodes of Kubernetes, which have all networks."""
        return self.inventory.members("kube_control_plane", "kube_node")

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """What each node is measured as; the greatest of what it is."""
        roles: dict[str, Role] = dict.fromkeys(self.inventory.hosts, "storage")
        roles |= dict.fromkeys(self.inventory.members("kube_node", "compute-node"), "compute")
        return roles | dict.fromkeys(self.inventory.control, "control")

    @cached_property
    def has_all_networks(self) -> frozenset[str]:
        """The nodes of Kubernetes, for looking up."""
        return frozenset(self.kubernetes())

    def devices(self, host: str) -> tuple[str, ...]:
        """Paths of devices that a node gives to a storage backend."""
        ceph, powerflex = self.backends.ceph, self.backends.powerflex
        wanted: dict[str, None] = {}
        if ceph and "ceph" in self.variables.storage_backends and host in self.inventory.members("osds"):
            wanted |= dict.fromkeys(volume.data for volume in ceph.lvm_volumes)
        if powerflex and "powerflex" in self.variables.storage_backends and host in self.inventory.members("sds"):
            wanted |= dict.fromkeys(powerflex.sds_devices)
        return tuple(wanted)

    def at_host(self, what: str, host: str, variable: str = "", *, todo: str = "", why: str = "") -> Fault:
        """A fault of a host, or of a variable of it."""
        return Fault(what, self.hosts_file, self.inventory.line(host, variable), todo=todo, why=why)

    def at_group(self, what: str, group: str, host: str = "", *, todo: str = "", why: str = "") -> Fault:
        """A fault of a group, or of a host in it."""
        return Fault(what, self.hosts_file, self.inventory.group_line(group, host), todo=todo, why=why)

    def at(self, what: str, *path: Step, file: str = VARIABLES, todo: str = "", why: str = "") -> Fault:
        """A fault of a value in ``vars.yml`` or in a backend's file."""
        source = self.sources.get(file) or Source(self.folder / file_of(file))
        return source.fault(what, *path, todo=todo, why=why)
