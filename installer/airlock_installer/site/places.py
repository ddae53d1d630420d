"""Faults of the site's files with file and line, and the lines of what a YAML file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airlock_core.errors import InputError

Step = str | int


class Fault(InputError):
    """Something that must not be, in one of the site's files.

    Args:
        file: the file; absolute.
        line: from 1; 0 where the whole file is at fault.
        key: the key of a YAML file that it is about.
    """

    def __init__(self, what: str, file: Path, line: int = 0, *, key: str = "", why: str = "", todo: str = "") -> None:
        super().__init__(what, where=f"{shown(file)}:{line}" if line else shown(file), why=why, todo=todo)
        self.file = file
        self.line = line
        self.key = key

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "file": str(self.file), "line": self.line, "key": self.key}


@dataclass(frozen=True)
class Source:
    """A YAML file of the site, and where in it each key stands."""

    path: Path
    lines: Mapping[tuple[Step, ...], int] = field(default_factory=dict)

    def line(self, *path: Step) -> int:
        """The line of a value; of what stands nearest above it where that was not written; 0 for the whole file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0

    def fault(self, what: str, *path: Step, why: str = "", todo: str = "") -> Fault:
        """A fault of the value at a path."""
        text = f"{spelled(path)}: {what}" if path else what
        key = str(path[0]) if path else ""
        return Fault(text, self.path, self.line(*path), key=key, why=why, todo=todo)


def spelled(path: tuple[Step, ...]) -> str:
    """A path as people write it: ``netapp[0].shares``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def shown(file: Path) -> str:
    """The name of a file or folder as people type it: below the current folder without that folder."""
    here = Path.cwd()
    return str(file.relative_to(here)) if here in file.parents else str(file)
