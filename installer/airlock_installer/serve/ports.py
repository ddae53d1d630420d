"""Who listens on a TCP port, from /proc (proc(5): net/tcp, PID/fd)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_installer.serve.endpoints import EVERYWHERE

_LISTEN = "0A"
_IPV4_LETTERS = len("0100007F")


@dataclass(frozen=True)
class Listener:
    """A process that listens on a port.

    Args:
        port: TCP port.
        pid: its process id; None where it cannot be told (another namespace, no right to look).
        command: its name and arguments.
        cgroup: its control group, which names the systemd unit.
    """

    port: int
    pid: int | None
    command: str
    cgroup: str = ""

    def __str__(self) -> str:
        return f"{self.command} (process {self.pid})" if self.pid else "a process that cannot be named"


def listener(port: int, among: Collection[str] = (EVERYWHERE,), proc: Path = Path("/proc")) -> Listener | None:
    """The process that listens on a TCP port, None where none does.

    Args:
        among: IPv4 addresses that matter: whoever listens on others alone keeps nobody from these.
    """
    inodes = frozenset(
        f"socket:[{fields[9]}]" for fields in _listening(port, proc) if _meets(fields[1].partition(":")[0], among)
    )
    if not inodes:
        return None
    for entry in proc.iterdir():
        if entry.name.isdigit() and _holds(entry, inodes):
            return Listener(port, int(entry.name), _command(entry), _text(entry / "cgroup"))
    return Listener(port, None, "")


def addresses(port: int, proc: Path = Path("/proc")) -> tuple[str, ...]:
    """The IPv4 addresses where anything listens on a TCP port; ``0.0.0.0`` is all of them."""
    found = {fields[1].partition(":")[0] for fields in _listening(port, proc)}
    return tuple(sorted(_readable(address) for address in found if len(address) == _IPV4_LETTERS))


def _meets(address: str, among: Collection[str]) -> bool:
    """Whether an address, as the kernel writes it, is one of some; those of IPv6 may take in all of IPv4."""
    if len(address) != _IPV4_LETTERS or EVERYWHERE in among:
        return True
    return _readable(address) in (EVERYWHERE, *among)


def _readable(address: str) -> str:
    return socket.inet_ntoa(struct.pack("=I", int(address, 16)))


def _listening(port: int, proc: Path) -> Iterator[list[str]]:
    """The lines of the sockets that listen, field by field."""
    for name in ("tcp", "tcp6"):
        for line in _text(proc / "net" / name).splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields


def _holds(entry: Path, inodes: frozenset[str]) -> bool:
    try:
        return any(_target(descriptor) in inodes for descriptor in (entry / "fd").iterdir())
    except OSError:  # it ended meanwhile, or is not ours to look at
        return False


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


def _command(entry: Path) -> str:
    return _text(entry / "cmdline").replace("\0", " ").strip()[:200] or _text(entry / "comm").strip()


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
