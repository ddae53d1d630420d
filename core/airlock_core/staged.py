"""What stage hands to master: the medium's own files, the base ISO under them, and what the release is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core.digest import Digest
from airlock_core.release import Release
from airlock_core.tree import ComposedFile, MediaTree

UNKNOWN = Digest("sha256", "0" * 64)
"""Stands for a digest, such as MANIFEST's, until the medium is mastered."""


@dataclass(frozen=True)
class StagedMedia:
    """A medium ready to be mastered.

    Args:
        tree: all files that are not the base ISO's own; without MANIFEST and release.json, which master writes.
        composed: files beside those that are written where they go alone, such as registry.tar.
        release: the root document, its ``manifest`` still :data:`UNKNOWN`.
        base: the base ISO, or None for a medium that does not boot.
    """

    tree: MediaTree
    release: Release
    base: Path | None
    composed: tuple[ComposedFile, ...] = ()

    @property
    def paths(self) -> frozenset[PurePosixPath]:
        """Where its files stand on the medium."""
        return frozenset(file.path for file in (*self.tree, *self.composed))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self.tree.size + sum(file.size for file in self.composed)

    @property
    def label(self) -> str:
        """The volume label."""
        return self.release.label

    @property
    def epoch(self) -> int:
        """The time of all files, in seconds since 1970-01-01 UTC."""
        return self.release.epoch
