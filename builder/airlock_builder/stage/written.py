"""The staging folder: generated files, each hashed while it is written."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.tree import MediaFile


class HashingFile:
    """A file that is written from front to end, its SHA-256 and length growing with it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._state = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | memoryview) -> int:
        """Write all of ``data``."""
        self._file.write(data)
        self._state.update(data)
        self.size += len(data)
        return len(data)

    @property
    def digest(self) -> Digest:
        """The digest of what was written so far."""
        return Digest("sha256", self._state.hexdigest())


class Staging:
    """Writes generated files into a folder, laid out as on the medium."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, path: PurePosixPath, data: bytes | str) -> MediaFile:
        """Write a small file.

        Raises:
            MachineError: no space or no right to write.
        """
        return self.stream(path, [data.encode("utf-8") if isinstance(data, str) else data])

    def stream(self, path: PurePosixPath, chunks: Iterable[bytes | memoryview]) -> MediaFile:
        """Write a file of any length from pieces.

        Raises:
            MachineError: no space or no right to write.
        """
        with self.open(path) as (target, file):
            for chunk in chunks:
                file.write(chunk)
        return MediaFile(path, target, file.digest, file.size)

    @contextlib.contextmanager
    def open(self, path: PurePosixPath) -> Iterator[tuple[Path, HashingFile]]:
        """A file to write to, and where it stands.

        Raises:
            MachineError: no space or no right to write.
        """
        target = self.folder / path
        with atomic.disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                yield target, HashingFile(file)
