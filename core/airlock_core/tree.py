"""The media tree: what stage hands to master. A path on the medium, and where its bytes are now."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core.digest import Digest
from airlock_core.errors import InputError


@dataclass(frozen=True, order=True)
class MediaFile:
    """One regular file of the medium.

    Args:
        path: where it stands on the medium.
        source: the file on this machine that holds its bytes (in the store or in the staging folder): never copied.
        digest: SHA-256 of those bytes.
        size: bytes.
    """

    path: PurePosixPath
    source: Path
    digest: Digest
    size: int


@dataclass(frozen=True)
class Piece:
    """Some bytes of a file that is put together.

    Args:
        source: the bytes, or the file on this machine that holds just them.
        digest: what they must be.
        size: bytes.
    """

    source: bytes | Path
    digest: Digest
    size: int

    @classmethod
    def of(cls, data: bytes) -> Piece:
        """Bytes that are at hand."""
        return cls(data, Digest.sha256(data), len(data))


@dataclass(frozen=True)
class ComposedFile:
    """One regular file of the medium that is nowhere yet: it is put together where it goes.

    Args:
        path: where it stands on the medium.
        pieces: its bytes, in order.
    """

    path: PurePosixPath
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return sum(piece.size for piece in self.pieces)


@dataclass(frozen=True)
class MediaTree:
    """All files of a medium that are not the base ISO's own, sorted by path; no path stands twice."""

    files: tuple[MediaFile, ...]

    @classmethod
    def of(cls, files: Iterable[MediaFile]) -> MediaTree:
        """Sort and check.

        Raises:
            InputError: two files would stand at one path.
        """
        ordered = tuple(sorted(files))
        for before, after in itertools.pairwise(ordered):
            if before.path == after.path:
                sources = f"{before.source} and {after.source}"
                raise InputError("two files for one place on the medium", where=str(after.path), why=sources)
        return cls(ordered)

    def __iter__(self) -> Iterator[MediaFile]:
        return iter(self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)
