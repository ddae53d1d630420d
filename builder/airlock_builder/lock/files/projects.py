"""Playbook projects' archives, looked into before they are carried to a site that unpacks them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from airlock_core import compression
from airlock_core.archives import tree
from airlock_core.archives.unpacking import MAX_UNPACKED
from airlock_core.errors import VerificationError


def check(path: Path, *, where: str) -> None:
    """Refuse an archive that would not stay in its folder when it is unpacked, or has nothing to unpack.

    Args:
        where: how errors name it.

    Raises:
        VerificationError: it is no tar archive, packed or not; it is damaged, a bomb, or leads out of its folder.
    """
    with tempfile.TemporaryFile() as plain:
        compression.unpack_file(path, plain, limit=MAX_UNPACKED, where=where)
        found = tree.read(plain, where=where)
    if not found.files:
        raise VerificationError("holds no file", where=where, todo="correct the URL: a project's archive is meant")
