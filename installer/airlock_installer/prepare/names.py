"""The nodes' names in the deployer's /etc/hosts: a part of its own between two marks, all else is left as it is."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from airlock_core import atomic
from airlock_installer.site.inventory import Inventory

_BEGIN = "# airlock: the nodes of the site; written by `airlock-site prepare`\n"
_END = "# airlock: end\n"


def write(path: Path, inventory: Inventory) -> bool:
    """Have the nodes of an inventory in a hosts file (hosts(5)); whether it changed."""
    return atomic.put(path, amended(path.read_text("utf-8") if path.is_file() else "", inventory))


def amended(text: str, inventory: Inventory) -> str:
    """A hosts file's text with the nodes in it; nodes on the loopback interface are found anyway."""
    before, mark, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2] if mark else ""
    nodes = "".join(f"{inventory.address(host)} {host}\n" for host in inventory.hosts if _is_far(inventory, host))
    if before and not before.endswith("\n"):
        before += "\n"
    return f"{before}{_BEGIN}{nodes}{_END}{after}" if nodes else f"{before}{after}"


def _is_far(inventory: Inventory, host: str) -> bool:
    try:
        return not ipaddress.ip_address(inventory.address(host)).is_loopback
    except ValueError:
        return False
