"""What this machine is: privileges, name, addresses."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from typing import Any

from airlock_core import proc
from airlock_core.errors import InputError, MachineError

_TIMEOUT = 30
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Interface:
    """A network interface and its first IPv4 address."""

    name: str
    address: str


def require_root(what: str) -> None:
    """Raise a :class:`MachineError` for those who are not root."""
    if os.geteuid() != 0:
        raise MachineError(f"{what} needs root", todo="run it with sudo")


def hostname() -> str:
    """This machine's name."""
    return socket.gethostname()


def names() -> frozenset[str]:
    """All names and addresses by which this machine may be called."""
    return frozenset(["localhost", LOOPBACK, hostname(), *(interface.address for interface in interfaces())])


def interfaces() -> tuple[Interface, ...]:
    """All interfaces with an IPv4 address but the loopback one; that of the default route first (ip(8), -json)."""
    found = [
        Interface(str(link["ifname"]), str(link["addr_info"][0]["local"]))
        for link in _ip("-4", "address", "show")
        if link.get("addr_info") and "LOOPBACK" not in link.get("flags", [])
    ]
    first = [str(route.get("dev")) for route in _ip("-4", "route", "show", "default")]
    return tuple(sorted(found, key=lambda interface: interface.name not in first))


def management(name: str | None, among: tuple[Interface, ...]) -> Interface:
    """The interface on the management network: the named one, else the first; the loopback interface where none is up.

    Raises:
        InputError: the named interface is not there or has no address.
    """
    if name is None:
        return among[0] if among else Interface("lo", LOOPBACK)
    for interface in among:
        if interface.name == name:
            return interface
    there = ", ".join(f"{interface.name} ({interface.address})" for interface in among) or "none"
    raise InputError(f"no interface {name} with an IPv4 address", why=f"with an address: {there}", todo="name another")


def _ip(*words: str) -> list[dict[str, Any]]:
    answer = proc.run(["ip", "-json", *words], timeout=_TIMEOUT).stdout.strip()
    data: list[dict[str, Any]] = json.loads(answer or "[]")
    return data
