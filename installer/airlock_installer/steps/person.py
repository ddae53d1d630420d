"""The person who logs in to the nodes: the owner of the site's folder."""

from __future__ import annotations

import pwd
from dataclasses import dataclass
from pathlib import Path

from airlock_core.errors import InputError


@dataclass(frozen=True)
class Person:
    """A user of the deployer, and of all nodes.

    Args:
        key: the private ssh key; it may not be there yet.
    """

    name: str
    key: Path


def person(folder: Path) -> Person:
    """Who owns a site's folder.

    Raises:
        InputError: there is no such folder, or its owner has no name here.
    """
    try:
        uid = folder.stat().st_uid
    except OSError as error:
        todo = "name the site's folder with --site, or run `airlock-site prepare`"
        raise InputError("no site's folder", where=str(folder), why=error.strerror or str(error), todo=todo) from error
    try:
        owner = pwd.getpwuid(uid)
    except KeyError:
        todo = f"give it to the user who logs in to the nodes: chown -R USER {folder}"
        raise InputError(f"its owner, the user id {uid}, has no name here", where=str(folder), todo=todo) from None
    return Person(owner.pw_name, Path(owner.pw_dir) / ".ssh/id_ed25519")
