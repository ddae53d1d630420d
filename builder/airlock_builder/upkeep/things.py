"""What is in a store, thing by thing: what is removed or kept as one.

Nothing behind a symbolic link is looked at, since it is not in the store; what the store does not make is of the kind
:data:`OTHER`, and nobody here touches it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_builder import blob_locks, occupancy

BLOBS, PARTS, SCRATCH, LOCKS, OTHER = "blobs", "parts", "tmp", "locks", "other"
METADATA, NOTEBOOKS = "metadata", "metadata/notebooks"
ROOTS, SIGNATURES, SOLV, MODULES, FOLDERS, TAKEN, CHARTS, REGISTRIES, FILES, PIP = (
    f"{METADATA}/{name}"
    for name in ("repomd", "signatures", "solv", "modules", "folders", "taken", "charts", "registries", "files", "pip")
)
BY_DIGEST = tuple(f"{METADATA}/{algorithm}" for algorithm in ("sha256", "sha384", "sha512"))
_CACHES = (ROOTS, SIGNATURES, *BY_DIGEST, SOLV, MODULES, FOLDERS, TAKEN, CHARTS, REGISTRIES, FILES)
KINDS = (BLOBS, PARTS, SCRATCH, LOCKS, *_CACHES, PIP, NOTEBOOKS, OTHER)
"""All kinds, in the order in which they are told."""
_HEX = re.compile(r"[0-9a-f]{64,128}")


@dataclass(frozen=True)
class Thing:
    """One thing.

    Args:
        path: a file, or a folder with all that is in it.
        size: bytes of its files.
        changed: when it was last written to, in seconds since 1970; of a folder's files the latest.
        files: how many they are.
    """

    kind: str
    path: Path
    size: int
    changed: float
    files: int = 1

    @property
    def hex(self) -> str:
        """The digest that its name begins with; empty where it does not."""
        match = _HEX.match(self.path.name)
        return match[0] if match else ""


def things(root: Path) -> Iterator[Thing]:
    """All that is in a store's folder, in the order of their kinds and names.

    Raises:
        OSError: a folder cannot be read.
    """
    found = [thing for entry in _entries(root) if entry.name != occupancy.NAME for thing in _top(entry)]
    yield from sorted(found, key=lambda thing: (KINDS.index(thing.kind), str(thing.path)))


def _top(entry: os.DirEntry[str]) -> Iterator[Thing]:
    if not entry.is_dir(follow_symlinks=False):
        yield _thing(OTHER, entry)
    elif entry.name == BLOBS:
        yield from _blobs(entry)
    elif entry.name in (PARTS, SCRATCH):
        yield from (_thing(entry.name, one) for one in _entries(entry))
    elif entry.name == LOCKS:
        yield from (_thing(LOCKS, one) for one in _entries(entry) if one.name != blob_locks.NAME)
    elif entry.name == METADATA:
        yield from (thing for one in _entries(entry) for thing in _metadata(one))
    else:
        yield _thing(OTHER, entry)


def _blobs(blobs: os.DirEntry[str]) -> Iterator[Thing]:
    for algorithm in _entries(blobs):
        if not algorithm.is_dir(follow_symlinks=False):
            yield _thing(OTHER, algorithm)
            continue
        for one in _entries(algorithm):
            is_blob = one.is_file(follow_symlinks=False) and _HEX.fullmatch(one.name)
            yield _thing(BLOBS if is_blob else OTHER, one)


def _metadata(entry: os.DirEntry[str]) -> Iterator[Thing]:
    kind = f"{METADATA}/{entry.name}"
    if not entry.is_dir(follow_symlinks=False):
        yield _thing(NOTEBOOKS if _is_notebook(entry) else OTHER, entry)
    elif kind in _CACHES:
        yield from (_thing(kind, one) for one in _entries(entry))
    elif kind == PIP:
        yield from (_thing(PIP, one) for one in _files(entry))
    elif entry.name == LOCKS:
        yield from (_thing(LOCKS, one) for one in _entries(entry))
    else:
        yield from (_thing(NOTEBOOKS if _is_notebook(one) else OTHER, one) for one in _entries(entry))


def _is_notebook(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.name.endswith(".sqlite")


def _thing(kind: str, entry: os.DirEntry[str]) -> Thing:
    about = entry.stat(follow_symlinks=False)
    if entry.is_symlink():
        return Thing(OTHER, Path(entry.path), 0, about.st_mtime)
    if not entry.is_dir(follow_symlinks=False):
        return Thing(kind, Path(entry.path), about.st_size, about.st_mtime)
    inside = [file.stat(follow_symlinks=False) for file in _files(entry)]
    changed = max((one.st_mtime for one in inside), default=about.st_mtime)
    return Thing(kind, Path(entry.path), sum(one.st_size for one in inside), changed, len(inside))


def _entries(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:  # none yet; or its run has just taken it away
        return []


def _files(folder: os.DirEntry[str]) -> Iterator[os.DirEntry[str]]:
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry)
        else:
            yield entry
