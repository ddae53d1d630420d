"""Which secrets a site needs, and how each is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_core import strict_yaml
from airlock_core.errors import AirlockError, InputError

SSH, SUDO, ADMIN = "ssh", "sudo", "openstack-admin"
NETAPP = Path("group_vars/all/netapp_vars.yml")


@dataclass(frozen=True)
class Secret:
    """A password that the site needs.

    Args:
        name: as people call it: ``ssh``, ``netapp-netapp1``.
        prompt: what it is asked for by.
        same_as: the secret that holds when nothing is typed; empty: something must be.
    """

    name: str
    prompt: str
    same_as: str = ""

    @property
    def variable(self) -> str:
        """The variable that playbooks find it in."""
        return f"vault_{re.sub(r'[^A-Za-z0-9]', '_', self.name)}_password"


def needed(folder: Path, user: str, backends: list[str]) -> tuple[Secret, ...]:
    """What a site needs, in the order in which it is asked for.

    Args:
        folder: the site's.
        user: who logs in to the nodes.
        backends: its storage backends.

    Raises:
        InputError: two of them would be kept under one name.
    """
    arrays = [secret for backend in backends for secret in _of_backend(folder, backend)]
    secrets = (
        Secret(SSH, f"{user} password"),
        Secret(SUDO, f"{user} sudo password (Enter: the same)", same_as=SSH),
        Secret(ADMIN, "openstack admin password"),
        *arrays,
    )
    _must_have_variables_of_their_own(secrets, folder / NETAPP)
    return secrets


def _must_have_variables_of_their_own(secrets: tuple[Secret, ...], file: Path) -> None:
    """Raise :class:`InputError` where the password of one would take the place of another's."""
    known: dict[str, Secret] = {}
    for secret in secrets:
        first = known.setdefault(secret.variable, secret)
        if first.name != secret.name:
            what = f"{first.name} and {secret.name} would have one password: both are {secret.variable} in the vault"
            why = "names of variables have no other signs than letters, digits and _"
            raise InputError(what, where=str(file), why=why, todo="give one of these arrays another name")


def _of_backend(folder: Path, backend: str) -> Iterator[Secret]:
    if backend == "netapp":
        for name in _netapp_names(folder):
            yield Secret(f"netapp-{name}", f"netapp {name} password")
    elif backend == "powerflex":
        yield Secret("powerflex", "powerflex admin password")
    elif backend == "hitachi":
        yield Secret("hitachi-san", "hitachi san password")


def _netapp_names(folder: Path) -> list[str]:
    """The arrays of the file; what is wrong with that file `check` tells."""
    try:
        data: Any = strict_yaml.load(folder / NETAPP)
    except AirlockError:
        return []
    arrays = data.get("netapp") if isinstance(data, dict) else None
    named = (array.get("name") for array in arrays or () if isinstance(array, dict))
    return [str(name) for name in named if name]
