"""How a node is logged in to: by the inventory's own words where it has them, as Ansible takes them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_installer.site.inventory import Inventory

CONNECT_SECONDS = 10
_OPTIONS = (
    f"ConnectTimeout={CONNECT_SECONDS}",
    # A node that was installed anew under its address is a new one; one that changed under us is told.
    "StrictHostKeyChecking=accept-new",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "NumberOfPasswordPrompts=1",
)


@dataclass(frozen=True)
class Login:
    """A node, and the way to it.

    Args:
        node: its name in the inventory.
        is_local: whether it is this machine, where no ssh is needed.
        key: private key; it may not be there.
        python: the interpreter that the inventory names; empty where Ansible finds one.
    """

    node: str
    address: str
    user: str
    port: int
    key: Path
    is_local: bool = False
    python: str = ""

    @property
    def target(self) -> str:
        """Whom and where, as people write it."""
        return "this machine" if self.is_local else f"{self.user}@{self.address}"


def logins(inventory: Inventory, user: str, key: Path) -> tuple[Login, ...]:
    """The ways to all nodes of an inventory.

    Args:
        user, key: who logs in where the inventory names nobody.
    """
    return tuple(_login(inventory, node, user, key) for node in inventory.hosts)


def _login(inventory: Inventory, node: str, user: str, key: Path) -> Login:
    said = inventory.hosts[node]
    return Login(
        node,
        address=str(said.get("ansible_host") or inventory.address(node)),
        user=str(said.get("ansible_user") or user),
        port=int(said.get("ansible_port") or 22),
        key=Path(str(said.get("ansible_ssh_private_key_file") or key)),
        is_local=said.get("ansible_connection") == "local",
        python=str(said.get("ansible_python_interpreter") or ""),
    )


def by_key(login: Login, script: str) -> list[str]:
    """The command that runs a script on a node, where our key is known (ssh_config(5))."""
    key = ["-i", str(login.key)] if login.key.is_file() else []
    return _ssh(login, script, [*key, "-o", "BatchMode=yes"])


def by_password(login: Login, script: str, descriptor: int) -> list[str]:
    """The same by password, which sshpass reads from an open file (sshpass(1), ``-d``)."""
    methods = ["-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password,keyboard-interactive"]
    return ["sshpass", f"-d{descriptor}", *_ssh(login, script, methods)]


def _ssh(login: Login, script: str, methods: Sequence[str]) -> list[str]:
    options = [word for option in _OPTIONS for word in ("-o", option)]
    where = ["-l", login.user, "-p", str(login.port), login.address]
    return ["ssh", "-T", *options, *methods, *where, f"sh -c {shlex.quote(script)}"]
