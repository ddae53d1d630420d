"""Whether nodes find registry and local repo at the virtual address: a marker that the step landing writes."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

from airlock_core.errors import AirlockError, InputError
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media import mount


def address(layout: Layout) -> str | None:
    """The virtual address where nodes find both; None where they find them at this machine's own.

    Raises:
        InputError: the marker is damaged.
    """
    path = layout.landed_json
    try:
        return str(ipaddress.IPv4Address(json.loads(path.read_text())["vip"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        todo = "`airlock-site run landing` writes it anew"
        raise InputError("not the marker of the step landing", where=str(path), why=str(error), todo=todo) from error


def text(vip: str) -> str:
    """The marker."""
    return json.dumps({"vip": vip}) + "\n"


def contents(layout: Layout) -> tuple[Path, Release]:
    """The folder where the release's own files can be read, and that release: the medium, else the repo's own copy.

    Raises:
        MachineError, VerificationError: neither is there.
    """
    try:
        return layout.medium, mount.required(layout).release
    except AirlockError:
        if not layout.landed_json.is_file():
            raise
    return layout.repo, mount.release_of(layout.repo)
