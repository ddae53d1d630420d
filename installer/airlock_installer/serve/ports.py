"""Who listens on a TCP port, from /proc (proc(5): net/tcp, PID/fd)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"


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


def listener(port: int, proc: Path = Path("/proc")) -> Listener | None:
    """The process that listens on a TCP port, None where none does."""
    inodes = frozenset(_inodes(port, proc))
    if not inodes:
        return None
    for entry in proc.iterdir():
        if entry.name.isdigit() and _holds(entry, inodes):
            return Listener(port, int(entry.name), _command(entry), _text(entry / "cgroup"))
    return Listener(port, None, "")


def _inodes(port: int, proc: Path) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        for line in _text(proc / "net" / name).splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{fields[9]}]"


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
