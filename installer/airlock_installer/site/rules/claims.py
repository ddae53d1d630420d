"""Addresses that the YAML files give to what is no node: virtual addresses, and those of storage arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from airlock_installer.site.kinds import VARIABLES
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Step

VIPS = {"keepalived_vip": "mgmt_iface_name", "keepalived_vip_svc": "svc_iface_name"}
"""Keys of keepalived's virtual addresses, with those of the interfaces that they come to."""


@dataclass(frozen=True)
class Claim:
    """An address, and what has it.

    Args:
        owner: what has it, as people call it.
        unit: what may have one address by several names: a NetApp cluster serves several backends from one.
        file: the short name of the file that says so.
        path: of the value in it.
    """

    address: IPv4Address
    owner: str
    unit: str
    file: str
    path: tuple[Step, ...]

    def may_be_on(self, site: Site, node: str, interface: str) -> bool:
        """Whether it is ours to have, and this interface of this node where it may come to."""
        if self.unit in VIPS:
            return node in site.inventory.control and interface == getattr(site.variables, VIPS[self.unit])
        powerflex = site.backends.powerflex
        is_mdm = self.file == "powerflex" and node in site.inventory.members("mdm")
        return is_mdm and powerflex is not None and interface in powerflex.storage_iface_names


def claims(site: Site) -> tuple[Claim, ...]:
    """All of them; of backends those in use alone, since the files of the others are samples."""
    used = [_OF_BACKENDS[name] for name in site.variables.storage_backends if name in _OF_BACKENDS]
    return (*_virtual(site), *(claim for of_backend in used for claim in of_backend(site)))


def _virtual(site: Site) -> Iterator[Claim]:
    for key in VIPS:
        address: IPv4Address | None = getattr(site.variables, key)
        if address is not None:
            yield Claim(address, key, key, VARIABLES, (key,))


def _mdm(site: Site) -> Iterator[Claim]:
    for index, address in enumerate(site.backends.powerflex.mdm_ip if site.backends.powerflex else ()):
        owner = f"mdm_ip[{index}]"
        yield Claim(address, owner, owner, "powerflex", ("mdm_ip", index))


def _hitachi(site: Site) -> Iterator[Claim]:
    address = site.backends.hitachi.hitachi_san_ip if site.backends.hitachi else None
    if address is not None:
        yield Claim(address, "hitachi_san_ip", "hitachi", "hitachi", ("hitachi_san_ip",))


def _netapp(site: Site) -> Iterator[Claim]:
    for index, filer in enumerate(site.backends.netapp.netapp if site.backends.netapp else ()):
        for key in ("managementLIF", "dataLIF"):
            address = parsed(getattr(filer, key))
            if address is not None:
                yield Claim(address, f"{filer.name}'s {key}", "netapp", "netapp", ("netapp", index, key))


_OF_BACKENDS: dict[str, Callable[[Site], Iterator[Claim]]] = {
    "powerflex": _mdm,
    "hitachi": _hitachi,
    "netapp": _netapp,
}


def parsed(value: object) -> IPv4Address | None:
    """A text as an address; None where it is none."""
    try:
        return IPv4Address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def is_no_hosts(address: IPv4Address) -> bool:
    """Whether no host anywhere can have an address (RFC 1122, 3.2.1.3; RFC 5735: 0/8, 224/4, 240/4)."""
    return address.packed[0] == 0 or address.is_multicast or address.is_reserved
