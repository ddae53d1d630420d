"""Secrets that people wrote into the site's files, where none belongs: known, they are found everywhere else too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from airlock_core import strict_yaml
from airlock_core.errors import AirlockError
from airlock_installer.site import inventory
from airlock_installer.support.redaction import below_secret_keys


def written(site: Path) -> tuple[str, ...]:
    """Values of keys and variables called password and the like; of files that can be read."""
    return tuple(dict.fromkeys(_all(site)))


def _all(site: Path) -> Iterator[str]:
    files = (site / "vars.yml", *(path for name in ("group_vars", "host_vars") for path in (site / name).rglob("*")))
    for path in files:
        try:
            yield from below_secret_keys(strict_yaml.load(path))
        except (AirlockError, OSError):
            continue
    try:
        yield from below_secret_keys(inventory.load(site / "hosts").hosts)
    except AirlockError:
        return
