"""What a chart's ``.helmignore`` leaves out of its archive.

Source: Helm, "The .helmignore file": patterns as of a shell, one a line; ``!`` before one turns it round, ``/`` behind
one means folders alone, and one with ``/`` in it is a path from the chart's folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from airlock_core.errors import InputError

_DEFAULT = "templates/.?*"


@dataclass(frozen=True)
class Ignored:
    """The patterns of one chart."""

    patterns: tuple[str, ...] = (_DEFAULT,)

    @classmethod
    def of(cls, folder: Path) -> Ignored:
        """Read them.

        Raises:
            InputError: one has ``**``, which Helm refuses; the file is no text.
        """
        file = folder / ".helmignore"
        try:
            lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("cannot be read", where=str(file), why=str(error)) from error
        patterns = [line.strip() for line in lines]
        odd = [pattern for pattern in patterns if "**" in pattern]
        if odd:
            raise InputError(f"a pattern with **, which Helm does not take: {odd[0]}", where=str(file))
        return cls((_DEFAULT, *(pattern for pattern in patterns if pattern and not pattern.startswith("#"))))

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether a file or folder is left out; a folder with all that it holds.

        Args:
            path: from the chart's folder, with ``/``.
        """
        return any(_matches(pattern, path, is_folder) for pattern in self.patterns)


def _matches(pattern: str, path: str, is_folder: bool) -> bool:
    turned = pattern.startswith("!")
    bare = pattern.removeprefix("!")
    if bare.endswith("/") and not is_folder:
        return turned
    bare = bare.removesuffix("/")
    if "/" not in bare:
        return fnmatchcase(path.rpartition("/")[2], bare) != turned
    wanted, parts = bare.removeprefix("/").split("/"), path.split("/")
    return (len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted))) != turned
