"""``group_vars/all/<backend>_vars.yml``: the storage backends. Source: the offline guide, "storage variables"."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from airlock_installer.site.model.values import (
    Address,
    Device,
    Distinct,
    Interface,
    Model,
    Name,
    OptionalAddress,
    Password,
    Server,
    or_blank,
)

_PORT = r"CL[1-9A-Z]-[A-HJ-NP-R]"
_LDEV = r"[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}"


class Volume(Model):
    """A disk for an OSD."""

    data: Device
    """The whole disk; empty, and not the system's."""


class Ceph(Model):
    """``ceph_vars.yml``."""

    lvm_volumes: tuple[Volume, ...] = ()
    """Disks of each node in the group osds that become OSDs."""


class Filer(Model):
    """A NetApp backend."""

    name: Name
    """Its name in cinder and in Trident."""
    managementLIF: Server  # noqa: N815 - the guide's
    """Address of the management interface of the cluster or SVM."""
    dataLIF: Server  # noqa: N815
    """Address that NFS is served at."""
    svm: Name
    """The storage virtual machine."""
    username: Annotated[str, Field(min_length=1)]
    """Who manages it."""
    password: Password = None
    """Not here: the vault asks for it."""
    nfsMountOptions: str = "lookupcache=pos"  # noqa: N815
    """Options of NFS mounts; nfsvers=4.0 among them for that version."""
    shares: Annotated[tuple[Annotated[str, Field(pattern=r"^(?:[^\s/:]+:)?/\S*$")], ...], Field(min_length=1), Distinct]
    """Exported paths."""


class Netapp(Model):
    """``netapp_vars.yml``."""

    netapp: tuple[Filer, ...] = ()
    """The backends."""


class Powerflex(Model):
    """``powerflex_vars.yml``."""

    mdm_ip: Annotated[tuple[Address, ...], Distinct] = ()
    """Virtual addresses of the MDM cluster, on the storage networks."""
    storage_iface_names: Annotated[tuple[Interface, ...], Distinct] = ()
    """Interfaces on the storage networks."""
    sds_devices: Annotated[tuple[Device, ...], Distinct] = ()
    """Disks of each node in the group sds; empty, and not the system's."""


def _forward(text: str | None) -> str | None:
    first, _, last = (text or "").upper().partition("-")
    if last < first:
        raise ValueError(f"the range {text} runs backwards")
    return text


def _ports(text: str) -> str:
    ports = text.split(",")
    for index, port in enumerate(ports):
        if not re.fullmatch(_PORT, port):
            raise ValueError(f"not a port of the array: {port!r}; write CL1-A, several with commas and no blanks")
        if port in ports[:index]:
            raise ValueError(f"{port} stands twice")
    return text


Ports = Annotated[str, AfterValidator(_ports), WithJsonSchema({"type": "string", "pattern": f"^{_PORT}(,{_PORT})*$"})]


class Hitachi(Model):
    """``hitachi_vars.yml``."""

    hitachi_storage_model: Literal[
        "vsp_e590",
        "vsp_e780",
        "vsp_e990",
        "vsp_f350",
        "vsp_f370",
        "vsp_f700",
        "vsp_f900",
        "vsp_g350",
        "vsp_g370",
        "vsp_g700",
        "vsp_g900",
    ] = "vsp_e990"
    """The array's model."""
    hitachi_serial_number: Annotated[str | None, *or_blank(r"[0-9]{6}", "a serial number of six digits")] = None
    """The array's serial number: six digits, in quotes."""
    hitachi_pool_id: Annotated[str | None, *or_blank(r"[0-9]{1,3}", "the number of a pool")] = "0"
    """The pool."""
    hitachi_port_id: Annotated[str | None, *or_blank(_PORT, "a port of the array, such as CL4-A")] = "CL4-A"
    """The port that Kubernetes uses."""
    hitachi_san_ip: OptionalAddress = None
    """Address of the array's controller."""
    hitachi_san_login: Annotated[str | None, *or_blank(r"\S+", "a user's name")] = None
    """Who manages it."""
    hitachi_san_password: Password = None
    """Not here: the vault asks for it."""
    hitachi_ldev_range: Annotated[
        str | None,
        *or_blank(f"{_LDEV}-{_LDEV}", "a range of LDEV numbers, aa:bb:cc-dd:ee:ff"),
        AfterValidator(_forward),
    ] = "00:10:00-00:10:FF"
    """LDEV numbers that cinder may use: aa:bb:cc-dd:ee:ff."""
    hitachi_target_ports: Ports = "CL3-A"
    """Ports by which volumes reach control nodes, with commas."""
    hitachi_compute_target_ports: Ports = "CL1-A,CL2-A,CL3-A,CL5-A,CL6-A"
    """Ports by which volumes reach control and compute nodes, with commas."""
