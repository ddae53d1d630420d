"""Which things of a store nobody needs any more.

- A blob, and a download that was begun, goes when no lock names it, however new it is: the age of what several releases
  share says nothing.
- What is kept of repositories, of files whose digest nobody gave, and by pip can all be had again. It goes when it is
  old and no lock's repositories have it. A repository's root document is as old as its last use, and keeps what it
  lists.
- Scratch folders and lock files of runs that were killed go.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from airlock_builder.lock.rpms.metadata import repomd
from airlock_builder.store import is_held
from airlock_builder.upkeep.reach import Reached
from airlock_builder.upkeep.things import (
    BLOBS,
    FOLDERS,
    LOCKS,
    NOTEBOOKS,
    OTHER,
    PARTS,
    ROOTS,
    SCRATCH,
    TAKEN,
    Thing,
)
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError


def spare(things: Sequence[Thing], reached: Reached, before: float) -> Iterator[Thing]:
    """The things that nobody needs.

    Args:
        before: what was last written before this time, in seconds since 1970, is old.
    """
    blobs = {digest.hex for digest in reached.blobs}
    metadata = _Metadata(things, reached, before)
    for thing in things:
        if thing.kind in (OTHER, NOTEBOOKS):
            continue
        if thing.kind in (SCRATCH, LOCKS):
            needed = is_held(thing.path)
        elif thing.kind == BLOBS or (thing.kind == PARTS and thing.hex):
            needed = thing.hex in blobs
        elif thing.kind == PARTS:
            needed = thing.changed >= before
        else:
            needed = thing.changed >= before or metadata.needs(thing)
        if not needed:
            yield thing


class _Metadata:
    """What is needed of repositories' metadata, however old."""

    def __init__(self, things: Iterable[Thing], reached: Reached, before: float) -> None:
        self._blobs = reached.blobs
        self._roots = {root.hex for root in reached.roots}
        kept = [thing.path for thing in things if self._is_root(thing) or _is_used(thing, before)]
        listed = {name for path in kept for name in (_content(path), *_listed(path))}
        self._needed = self._roots | listed | {digest.hex for digest in reached.blobs}

    def needs(self, thing: Thing) -> bool:
        if thing.kind == ROOTS:
            return _content(thing.path.with_suffix(".body")) in self._roots
        if thing.kind == FOLDERS and thing.path.is_dir():
            return _content(thing.path / "repodata" / "repomd.xml") in self._roots
        if thing.kind == TAKEN:
            return _taken(thing.path) in self._blobs
        return thing.hex in self._needed

    def _is_root(self, thing: Thing) -> bool:
        return thing.hex == thing.path.name and thing.hex in self._roots


def _is_used(thing: Thing, before: float) -> bool:
    return thing.kind == ROOTS and thing.path.suffix == ".body" and thing.changed >= before


def _listed(path: Path) -> list[str]:
    """What a root document lists, as hex; nothing where it is none, such as a list of mirrors."""
    try:
        return [record.digest.hex for record in repomd.parse(path.read_bytes(), where=str(path)).records.values()]
    except (FileNotFoundError, VerificationError):
        return []


def _content(path: Path) -> str:
    """The digest of a document, as hex."""
    try:
        return Digest.sha256(path.read_bytes()).hex
    except FileNotFoundError:
        return ""


def _taken(note: Path) -> Digest | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        algorithm, _, hexadecimal = json.loads(note.read_text(encoding="utf-8"))["digest"].partition(":")
        return Digest(algorithm, hexadecimal)
    return None
