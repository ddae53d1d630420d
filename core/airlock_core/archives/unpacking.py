"""Unpacking a stranger's archive into an empty folder: regular files, folders, and links that stay within it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from airlock_core import atomic, compression
from airlock_core.archives import tree
from airlock_core.archives.tar import Member
from airlock_core.archives.tree import Tree
from airlock_core.errors import VerificationError

MAX_UNPACKED = 4 << 30
"""Bytes that no playbook project comes to."""
_PIECE = 1 << 20
_FOLDER, _FILE, _PROGRAM = 0o755, 0o644, 0o755


def unpack(path: Path, folder: Path, *, where: str) -> int:
    """Unpack a tar archive, packed or not; the one folder that releases' archives put all in is left out.

    Args:
        folder: where to, empty; nothing comes to lie outside it.
        where: the archive, for errors.

    Returns:
        how many files it has.

    Raises:
        VerificationError: it is damaged, a bomb, empty, or would not stay in its folder.
        MachineError: no space, no right to write.
    """
    with atomic.disk_errors(folder), tempfile.TemporaryFile(dir=folder.parent) as plain:
        compression.unpack_file(path, plain, limit=MAX_UNPACKED, where=where)
        found = tree.below_top(tree.read(plain, where=where))
        if not found.files:
            raise VerificationError("holds no file", where=where)
        _write(plain, found, folder)
    return len(found.files)


def _write(archive: BinaryIO, found: Tree, folder: Path) -> None:
    for name in sorted(found.folders):
        _make(folder / name)
    for name, member in found.files.items():
        _file(archive, member, folder / name)
    for name, target in found.links.items():
        link = folder / name
        _make(link.parent)
        link.symlink_to(os.path.relpath(folder / target, link.parent))


def _file(archive: BinaryIO, member: Member, path: Path) -> None:
    _make(path.parent)
    archive.seek(member.offset)
    left = member.size
    with path.open("xb") as file:
        while left:
            piece = archive.read(min(_PIECE, left))
            file.write(piece)
            left -= len(piece)
    path.chmod(_PROGRAM if member.executable else _FILE)


def _make(folder: Path) -> None:
    """Have a folder with those above it, whatever the umask."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir()
        folder.chmod(_FOLDER)
