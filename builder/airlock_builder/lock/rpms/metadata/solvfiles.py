"""Repositories' packages in libsolv's own format, which loads ten times as fast as XML, kept by what they came from.

Layout of the folder::

    KEY-HEX.solv   KEY: digest of the metadata files that were read, in order, and of the libsolv that read them
                   HEX: digest of the file itself, so that a damaged one is found and made anew
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import solv

from airlock_core import atomic
from airlock_core.digest import Digest, of_file

_FORMAT = "1"
"""To be counted up when what is kept in the files changes."""


class SolvFiles:
    """The files of one folder, which is made when first written to. Runs may share it.

    Args:
        engine: the library whose files these are: another build of it may write and read them otherwise.
    """

    def __init__(self, folder: Path, engine: Path | None = None) -> None:
        self._folder = folder
        self._engine = engine or Path(solv._solv.__file__)  # noqa: SLF001 - it tells no version

    def find(self, sources: Sequence[Digest]) -> Path | None:
        """The file that was made from these metadata files, if it is there and whole; a damaged one is taken away."""
        for path in sorted(self._folder.glob(f"{self._key(sources)}-*.solv")):
            with contextlib.suppress(FileNotFoundError):  # another run found it damaged too
                if of_file(path).hex == path.stem.partition("-")[2]:
                    atomic.touch(path)
                    return path
                path.unlink()
        return None

    def keep(self, sources: Sequence[Digest], write: Callable[[Path], None]) -> None:
        """Keep what ``write`` writes to the path that it is given.

        Raises:
            MachineError: no space or no right to write.
        """
        with atomic.disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".", dir=self._folder) as folder:
                part = Path(folder, "part")
                write(part)
                part.replace(self._folder / f"{self._key(sources)}-{of_file(part).hex}.solv")

    def _key(self, sources: Sequence[Digest]) -> str:
        return hashlib.sha256(" ".join([_FORMAT, self._build, *map(str, sources)]).encode()).hexdigest()[:32]

    @cached_property
    def _build(self) -> str:
        return of_file(self._engine).hex
