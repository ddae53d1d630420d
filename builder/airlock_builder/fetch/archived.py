"""An image's documents and blobs out of the archive that is locked, as a registry gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from airlock_builder.archives.reading import Archive
from airlock_builder.archives.shelf import ImageArchives
from airlock_core import atomic, oci
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedArchive


@dataclass(frozen=True)
class Archived:
    """The archive of one image.

    Args:
        archives: where archives are opened; None where they may not be.
    """

    locked: LockedArchive
    archives: ImageArchives | None

    def raw(self, ref: ImageRef) -> bytes:
        """A manifest or index.

        Raises:
            InputError: the archive cannot be read.
            VerificationError: it is another archive than is locked, or damaged.
        """
        return self._archive().raw(ref)

    def copy(self, ref: ImageRef, *, layout: Path, blobs: Path) -> None:
        """Write the blobs of a manifest that are not in ``blobs`` yet.

        Args:
            layout: an empty scratch folder on the file system of ``blobs``.

        Raises:
            VerificationError: a blob is of other bytes than its name says.
        """
        archive = self._archive()
        layout.mkdir()
        for child in oci.parse(archive.raw(ref), where=str(ref)).children:
            target = blobs / child.digest.algorithm / child.digest.hex
            if not target.exists():
                part = layout / f"oci-put-blob-{child.digest.hex}"
                with atomic.disk_errors(part), part.open("wb") as file:
                    _write(archive.content(child.digest), file, child.digest, where=f"{ref}: {self.locked.path}")
                part.rename(target)

    def host(self, ref: ImageRef) -> str:
        """None is asked."""
        return ""

    def _archive(self) -> Archive:
        if self.archives is None:
            raise UpstreamError("its archive is not read here", where=self.locked.path)
        return self.archives.locked(self.locked)


def _write(pieces: Iterable[bytes], file: BinaryIO, digest: Digest, *, where: str) -> None:
    state = hashlib.new(digest.algorithm)
    for piece in pieces:
        state.update(piece)
        file.write(piece)
    if state.hexdigest() != digest.hex:
        found = f"{digest.algorithm}:{state.hexdigest()}"
        raise VerificationError(f"a blob of other bytes: expected {digest}, found {found}", where=where)
