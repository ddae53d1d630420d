"""One file of a repository's metadata, compressed and hashed as it grows, named by its digest in the end."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import quoteattr

from airlock_builder.stage.written import HashingFile, Staging
from airlock_core.tree import MediaFile

_GZIP = 31
"""zlib's window bits for gzip's own head and tail: without a name, without a time."""
_LEVEL = 9


@dataclass(frozen=True)
class Record:
    """A file, and what repomd.xml says of it."""

    kind: str
    file: MediaFile
    open_digest: str
    open_size: int

    def xml(self, epoch: int) -> str:
        """Its element of repomd.xml."""
        lines = [
            f"  <data type={quoteattr(self.kind)}>",
            f'    <checksum type="sha256">{self.file.digest.hex}</checksum>',
            f'    <open-checksum type="sha256">{self.open_digest}</open-checksum>',
            f'    <location href="repodata/{self.file.path.name}"/>',
            f"    <timestamp>{epoch}</timestamp>",
            f"    <size>{self.file.size}</size>",
            f"    <open-size>{self.open_size}</open-size>",
            "  </data>",
        ]
        return "\n".join(lines)


@contextlib.contextmanager
def opened(staging: Staging, folder: PurePosixPath, kind: str, name: str) -> Iterator[MetadataFile]:
    """A file to be written in the block, and ended with :meth:`MetadataFile.end`.

    Args:
        staging: where it is written.
        folder: its folder on the medium.
        kind: what repomd.xml calls it.
        name: how its name ends; it is compressed where that is ``.gz``.

    Raises:
        MachineError: no space or no right to write.
    """
    path = folder / name
    with staging.open(path) as (source, file):
        yield MetadataFile(kind, path, source, file)


class MetadataFile:
    """A file that grows, by one thread at a time."""

    def __init__(self, kind: str, path: PurePosixPath, source: Path, file: HashingFile) -> None:
        self._kind, self._path, self._source, self._file = kind, path, source, file
        self._packer = zlib.compressobj(_LEVEL, wbits=_GZIP) if path.suffix == ".gz" else None
        self._open_digest = hashlib.sha256()
        self._open_size = 0

    def write(self, content: bytes) -> None:
        """Add to it."""
        self._open_digest.update(content)
        self._open_size += len(content)
        self._file.write(self._packer.compress(content) if self._packer else content)

    def end(self) -> Record:
        """Nothing more is to come: it gets its name."""
        if self._packer:
            self._file.write(self._packer.flush())
        name = f"{self._file.digest.hex}-{self._path.name}"
        source = self._source.rename(self._source.with_name(name))
        file = MediaFile(self._path.with_name(name), source, self._file.digest, self._file.size)
        return Record(self._kind, file, self._open_digest.hexdigest(), self._open_size)
