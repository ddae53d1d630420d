"""A metadata file as served, unpacked within bounds while somebody reads it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from airlock_core.compression import MAX_OPEN, beginning, unpack_file
from airlock_core.errors import VerificationError
from airlock_core.values import Value


class Document(Value):
    """One file, whose bytes as served are those that repomd.xml says.

    Args:
        path: the file on this disk.
        where: its URL, for errors.
        open_size: bytes that it must unpack to; None where repomd.xml does not say.
        limit: bytes that it may unpack to at the most.
    """

    path: Path
    where: str
    open_size: int | None = None
    limit: int = MAX_OPEN

    def beginning(self) -> bytes:
        """The first bytes of its content.

        Raises:
            VerificationError: damaged.
        """
        return beginning(self.path, where=self.where)

    def write(self, target: BinaryIO) -> None:
        """Write its content.

        Raises:
            VerificationError: damaged, or of another size than repomd.xml says or it may have.
        """
        bound = self.limit if self.open_size is None else min(self.limit, self.open_size)
        size = unpack_file(self.path, target, limit=bound, where=self.where)
        if self.open_size is not None and size != self.open_size:
            why = f"unpacks to {size} bytes, {self.open_size} expected"
            raise VerificationError("other content than repomd.xml says", where=self.where, why=why)
