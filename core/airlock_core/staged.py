"""What stage hands to master: the medium's own files, the base ISO under them, and what the release is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airlock_core.digest import Digest
from airlock_core.release import Release
from airlock_core.tree import MediaTree

UNKNOWN = Digest("sha256", "0" * 64)
"""Stands for MANIFEST's digest until the medium is mastered."""


@dataclass(frozen=True)
class StagedMedia:
    """A medium ready to be mastered.

    Args:
        tree: all files that are not the base ISO's own; without MANIFEST and release.json, which master writes.
        release: the root document, its ``manifest`` still :data:`UNKNOWN`.
        base: the base ISO, or None for a medium that does not boot.
    """

    tree: MediaTree
    release: Release
    base: Path | None

    @property
    def label(self) -> str:
        """The volume label."""
        return self.release.label

    @property
    def epoch(self) -> int:
        """The time of all files, in seconds since 1970-01-01 UTC."""
        return self.release.epoch
