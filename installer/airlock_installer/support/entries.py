"""What goes into the bundle, and what never does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core import proc
from airlock_core.errors import MachineError
from airlock_installer.layout import Layout
from airlock_installer.vault.store import FILE as VAULT

MAX_FILE = 4 << 20
"""Bytes of one file that are taken: its last ones."""
_TIMEOUT = 60
_COMMANDS = {
    "machine/kernel": ("uname", "-a"),
    "machine/addresses": ("ip", "address", "show"),
    "machine/routes": ("ip", "route", "show"),
    "machine/neighbours": ("ip", "neighbour", "show"),
    "machine/listeners": ("ss", "-H", "-l", "-n", "-t", "-u", "-p"),
    "machine/disks": ("df", "-P", "-h"),
    "machine/inodes": ("df", "-P", "-i"),
    "machine/blocks": ("lsblk", "-o", "NAME,SIZE,TYPE,FSTYPE,LABEL,MOUNTPOINT"),
    "machine/memory": ("free", "-m"),
    "machine/clock": ("timedatectl",),
    "machine/time-sources": ("chronyc", "-n", "sources"),
    "machine/units": (
        "systemctl",
        "list-units",
        "--all",
        "--no-pager",
        "airlock*",
        "keepalived*",
        "haproxy*",
        "chronyd*",
    ),
    "machine/failed-units": ("systemctl", "--failed", "--no-pager"),
    "journal/airlock": ("journalctl", "--no-pager", "-o", "short-iso", "-n", "20000", "-u", "airlock-*"),
    "journal/services": (
        *("journalctl", "--no-pager", "-o", "short-iso", "-n", "20000"),
        *("-u", "keepalived", "-u", "haproxy", "-u", "chronyd"),
    ),
    "journal/kernel": ("journalctl", "--no-pager", "-o", "short-iso", "-n", "2000", "-k"),
}
_CONFIGURATION = ("appliance.json", "release.json", "nginx.conf", "registry.yml", "pki/ca.crt", "pki/registry.crt")
"""Files below ``/etc/airlock`` that hold no secret; whatever else is there stays there."""
_SITE = ("hosts", "vars.yml", "group_vars/**/*", "host_vars/**/*")


@dataclass(frozen=True)
class Entry:
    """One file of the bundle.

    Args:
        name: its path in the bundle.
        size: bytes, before secrets are taken out.
        read: gives its text, or the end of it.
    """

    name: str
    size: int
    read: Callable[[], str]


def given(name: str, text: str) -> Entry:
    """A text that is at hand."""
    return Entry(name, len(text.encode()), lambda: text)


def collect(layout: Layout, site: Path) -> Iterator[Entry]:
    """All files and what commands print; what cannot be read is left out."""
    for path in _files(layout.log):
        yield _file(f"logs/{path.relative_to(layout.log)}", path)
    for name in _CONFIGURATION:
        if (layout.etc / name).is_file():
            yield _file(f"configuration/{name}", layout.etc / name)
    for path in sorted({path for pattern in _SITE for path in site.glob(pattern)}):
        if path.is_file() and path != site / VAULT:
            yield _file(f"site/{path.relative_to(site)}", path)
    for place in ("etc/os-release", "etc/hosts"):
        if (layout.root / place).is_file():
            yield _file(f"machine/{Path(place).name}", layout.root / place)
    yield from _printed()


def left_out(layout: Layout, site: Path) -> tuple[Path, ...]:
    """Files that are never taken, of those that are there: they hold nothing but secrets."""
    never = (site / VAULT, layout.vault_key, layout.push_password, layout.htpasswd, *keys(layout))
    return tuple(path for path in never if path.is_file())


def keys(layout: Layout) -> tuple[Path, ...]:
    """Private keys of the site's CA and of its registries."""
    return tuple(sorted(layout.pki.rglob("*.key")))


def _printed() -> Iterator[Entry]:
    for name, command in _COMMANDS.items():
        try:
            done = proc.run(command, timeout=_TIMEOUT, expect=range(256))
        except MachineError:  # not on this machine
            continue
        yield given(f"{name}.txt", f"{done.stdout}{done.stderr}"[-MAX_FILE:])


def _files(folder: Path) -> Iterator[Path]:
    """Plain files: a link could lead to a secret, and what is packed cannot be looked into."""
    packed = (".gz", ".xz", ".zst", ".bz2")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix not in packed:
            yield path


def _file(name: str, path: Path) -> Entry:
    size = path.stat().st_size
    return Entry(name, min(size, MAX_FILE), lambda: _tail(path))


def _tail(path: Path) -> str:
    """The end of a file, from the beginning of a line on, so that no secret is cut in two."""
    try:
        with path.open("rb") as file:
            length = file.seek(0, 2)
            file.seek(max(0, length - MAX_FILE))
            raw = file.read()
    except OSError as error:
        return f"cannot be read: {error.strerror}\n"
    return (raw if length <= MAX_FILE else raw.partition(b"\n")[2]).decode("utf-8", errors="replace")
