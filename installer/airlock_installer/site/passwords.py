"""Passwords among variables: which names speak of one, and whether it stands there in plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from airlock_installer.site.places import Step

TODO = "take it out: `airlock-site vault` asks for passwords and keeps them encrypted"
VAULT = "$ANSIBLE_VAULT;"
"""What each text of Ansible's vault begins with."""

_NAME = re.compile("pas+(?:w|phrase)|(?:^|[_-])pass(?![A-Za-z])", re.IGNORECASE)


def names_password(text: str) -> bool:
    """Whether a text speaks of a password, so that what stands beside it is not to be shown."""
    return bool(_NAME.search(text))


def in_plain(value: Any, path: tuple[Step, ...] = (), *, named: bool = False) -> Iterator[tuple[Step, ...]]:
    """Paths of all passwords that can be read in a value; what leads to the vault, or is encrypted, cannot.

    Args:
        path: of the value.
        named: whether a name above it speaks of a password.
    """
    if isinstance(value, dict):
        for key, each in value.items():
            yield from in_plain(each, (*path, key), named=named or names_password(str(key)))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from in_plain(each, (*path, index), named=named)
    elif named and value not in (None, "") and not isinstance(value, bool) and not _leads_away(str(value)):
        yield path


def _leads_away(text: str) -> bool:
    return "{{" in text or text.startswith(VAULT)
