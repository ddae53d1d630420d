"""What was made of metadata files and takes long to make, kept by their digests."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import solv

from airlock_builder.derived import Derived
from airlock_core.digest import of_file
from airlock_core.version import VERSION

_SOLV_FORMAT, _MODULES_FORMAT = "3", "1"
"""To be counted up when what is kept in the files changes."""


class SolvFiles(Derived):
    """Repositories' packages in libsolv's own format, which loads ten times as fast as XML.

    Args:
        engine: the library whose files these are: another build of it may write and read them otherwise.
    """

    suffix = "solv"

    def __init__(self, folder: Path, engine: Path | None = None) -> None:
        super().__init__(folder)
        self._engine = engine or Path(solv._solv.__file__)  # noqa: SLF001 - it tells no version

    @cached_property
    def maker(self) -> str:
        return f"{_SOLV_FORMAT} {of_file(self._engine).hex}"


class ModuleFiles(Derived):
    """Repositories' module documents as JSON, which loads fifty times as fast as YAML."""

    suffix = "json"

    @property
    def maker(self) -> str:
        return f"{_MODULES_FORMAT} {VERSION}"
