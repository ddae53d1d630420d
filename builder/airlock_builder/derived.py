"""What was made of other files and takes long to make, kept by what it was made from.

Layout of a folder::

    KEY-HEX.SUFFIX   KEY: digest of what was read, in order, and of what read it
                     HEX: BLAKE2 of the file itself, so that a damaged one is found and made anew
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from airlock_core import atomic
from airlock_core.digest import Digest


class Derived:
    """The files of one folder, which is made when first written to. Runs may share it."""

    suffix: str

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def maker(self) -> str:
        """What makes and reads the files: those of another are not read."""
        raise NotImplementedError

    def find(self, sources: Sequence[Digest]) -> Path | None:
        """The file that was made from these sources, if it is there and whole; a damaged one is taken away."""
        for path in self._named(f"{self._key(sources)}-"):
            with contextlib.suppress(FileNotFoundError):  # another run found it damaged too
                if _hex(path) == path.stem.partition("-")[2]:
                    atomic.touch(path)
                    return path
                path.unlink()
        return None

    def keep(self, sources: Sequence[Digest], write: Callable[[Path], object]) -> None:
        """Keep what ``write`` writes to the path that it is given.

        Raises:
            MachineError: no space or no right to write.
        """
        with atomic.disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".", dir=self._folder) as folder:
                part = Path(folder, "part")
                write(part)
                part.replace(self._folder / f"{self._key(sources)}-{_hex(part)}.{self.suffix}")

    def _named(self, beginning: str) -> list[Path]:
        try:
            return sorted(
                path
                for path in self._folder.iterdir()
                if path.name.startswith(beginning) and path.suffix == f".{self.suffix}"
            )
        except FileNotFoundError:
            return []

    def _key(self, sources: Sequence[Digest]) -> str:
        return hashlib.sha256(" ".join([self.maker, *map(str, sources)]).encode()).hexdigest()[:32]


def _hex(path: Path) -> str:
    """A file's BLAKE2, 32 bytes of it: these files are read in every run, and SHA-256 takes twice as long."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
