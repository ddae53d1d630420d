"""The archives that a manifest names, each opened once, when it is first needed."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from airlock_builder.store import Store
from airlock_core import digest
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.locks import LockedArchive

if TYPE_CHECKING:
    from airlock_builder.archives.reading import Archive


def reference(path: Path, root: Path) -> str:
    """An archive as locks name it: a relative reference from the manifest's folder."""
    return quote(os.path.relpath(path, root), safe="/~+^=,@!()")


class ImageArchives:
    """Archives by the paths that locks have; for many threads, until its block ends.

    Args:
        root: the manifest's folder.
        store: lends its scratch space to what must be unpacked.
    """

    def __init__(self, root: Path, store: Store) -> None:
        self._root = root
        self._store = store
        self._stack = ExitStack()
        self._opening = threading.Lock()
        self._open: dict[str, Archive] = {}
        self._checksums: dict[str, Digest] = {}

    def __enter__(self) -> ImageArchives:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def checksum(self, path: str) -> Digest:
        """The digest of an archive's file as it is now.

        Raises:
            InputError: it cannot be read.
        """
        if path not in self._checksums:
            try:
                self._checksums[path] = digest.of_file(self._path(path))
            except OSError as error:
                todo = "bring the archive back, or correct images.archives and run `airlock lock`"
                raise InputError("cannot be read", where=path, why=error.strerror or str(error), todo=todo) from error
        return self._checksums[path]

    def opened(self, path: str) -> Archive:
        """An archive, open.

        Raises:
            InputError: it cannot be read.
            VerificationError: it is damaged, hostile, or no archive of images.
            MachineError: no space to unpack it.
        """
        from airlock_builder.archives.reading import opened  # loaded by those alone who have archives

        with self._opening:
            if path not in self._open:
                scratch = self._stack.enter_context(self._store.scratch())
                self._open[path] = self._stack.enter_context(opened(self._path(path), scratch, where=path))
            return self._open[path]

    def locked(self, locked: LockedArchive) -> Archive:
        """An archive that is the one that was locked.

        Raises:
            VerificationError: it is another one; or as :meth:`opened`.
        """
        with self._opening:
            found = self.checksum(locked.path)
        if found != locked.checksum:
            what = f"another archive than is locked: {locked.checksum} expected, {found} found"
            todo = "bring back the one that was locked, or lock this one: `airlock lock`"
            raise VerificationError(what, where=locked.path, todo=todo)
        return self.opened(locked.path)

    def _path(self, path: str) -> Path:
        return self._root / unquote(path)
