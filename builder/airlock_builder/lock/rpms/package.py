"""One package of a repository, as its metadata has it."""

from __future__ import annotations

from dataclasses import dataclass

from airlock_core.digest import Digest
from airlock_core.nevra import Nevra


@dataclass(frozen=True, order=True)
class Package:
    """What metadata says of a package that a lock needs.

    Args:
        nevra, repoid: its identity.
        href: its place below the repository's base.
        size: bytes.
        checksum: of the file.
        header_end: bytes from the file's beginning to the end of its header.
        sourcerpm: file name of its source RPM.
    """

    nevra: Nevra
    repoid: str
    href: str
    size: int
    checksum: Digest
    header_end: int
    sourcerpm: str | None
