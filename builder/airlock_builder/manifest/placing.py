"""From a path in the whole manifest to the file and line where a person wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from airlock_builder.manifest.model import Manifest
from airlock_core.errors import AirlockError

_KEYS = "rpms|images|charts|files|python|collections|playbooks"
_ITEM = re.compile(rf"(?:(?<=^)|(?<=, ))(?:options\.[\w-]+\.)?(?:{_KEYS})(?:\.\w+)*\[\d+\]")
_STEP = re.compile(r"[\w-]+")


def placed(faults: Iterable[AirlockError], manifest: Manifest) -> list[AirlockError]:
    """The same faults, each with the file and line of the item that it is about: ``lists/images.txt:5``.

    Those who lock know a manifest as one value; it was written in several files.
    """
    found = list(faults)
    for fault in found:
        fault.where = place_in(fault.where, manifest)
    return found


def place_in(where: str, manifest: Manifest) -> str:
    """A text that names items by their paths in the whole manifest, with the file and line of each in their place."""
    return _ITEM.sub(lambda match: manifest.place(*_steps(match[0])), where)


def _steps(path: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in _STEP.findall(path)]
