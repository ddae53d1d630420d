"""The lines of pip's requirements files that a manifest names, each with its place.

Format: pip's "Requirements File Format". Only which project a line asks for is read here; pip reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.tree import shown

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_OTHER = re.compile(r"(?:-r|--requirement)[ =]\s*(\S+)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


@dataclass(frozen=True, order=True)
class Requirement:
    """One line.

    Args:
        name: the project, as PEP 503 writes it.
        text: the line.
        where: file and line.
        option: whose it is; empty for the release's own.
    """

    name: str
    text: str
    where: str
    option: str = ""


def requirements(manifest: Manifest) -> Iterator[Requirement]:
    """All lines that ask for a project by name, in the files of the release, its playbooks and its options."""
    for option, content in manifest.contents():
        files = [python.requirements for python in content.python]
        files += [playbook.requirements for playbook in content.playbooks if playbook.requirements]
        for file in files:
            yield from lines_of(file, option or "")


def normal(name: str) -> str:
    """A project's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project_of(filename: str) -> tuple[str, str]:
    """Project and version of a wheel, by the rules for its name (PEP 427); no version where it breaks them."""
    parts = filename.split("-")
    return (normal(parts[0]), parts[1]) if len(parts) > 2 else (filename, "")


def lines_of(file: Path, option: str = "", seen: set[Path] | None = None) -> Iterator[Requirement]:
    """The lines of one file, and of those that it names with ``-r``."""
    seen = set() if seen is None else seen
    if file in seen or not file.is_file():
        return
    seen.add(file)
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        text = _COMMENT.sub("", line).strip().rstrip("\\").strip()
        other, name = _OTHER.match(text), _NAME.match(text)
        if other:
            yield from lines_of(file.parent / other[1], option, seen)
        elif name:
            yield Requirement(normal(name[0]), text, f"{shown(file)}:{number}", option)
