"""What people point at to look at or to compare: a medium, a lock, a folder of locks; ours or another tool's."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from airlock_builder.audit.verify import read_release
from airlock_core import media, strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.iso import IsoFile, IsoImage, IsoReader
from airlock_core.locks import LOCK_NAMES, ReleaseLocks
from airlock_core.locks.reading import Found, from_data, read_folder, read_lock
from airlock_core.locks.selection import selected
from airlock_core.release import Release

MAX_UPDATEINFO = 256 << 20
_UPDATEINFO = "-updateinfo.xml.gz"


@dataclass(frozen=True)
class Subject:
    """What was found.

    Args:
        path: the medium, lock or folder.
        found: its locks; a medium's without what only options ask for that it was not built with.
        release: a medium's root document.
        label: a medium's volume label.
        folders: bytes by top folder of a medium.
        updateinfo: the advisories that a medium carries, as they stand on it.
    """

    path: Path
    found: Found
    release: Release | None = None
    label: str = ""
    folders: Mapping[str, int] = field(default_factory=dict)
    updateinfo: bytes = b""

    @property
    def locks(self) -> ReleaseLocks:
        """Its locks with digests."""
        return self.found.locks


def read_subject(path: Path) -> Subject:
    """Look at a medium (ISO or device), a lock file or a folder of locks; no file's bytes are verified but the locks'.

    Raises:
        InputError, Faults: it cannot be read, or is none of these.
        VerificationError: an ISO that is damaged, or not airlock's.
    """
    if path.is_dir():
        return Subject(path, read_folder(path))
    if path.name in LOCK_NAMES or path.suffix in (".lock", ".yaml", ".yml"):
        return Subject(path, read_lock(path))
    if path.exists() and not stat.S_ISREG(path.stat().st_mode) and not stat.S_ISBLK(path.stat().st_mode):
        raise InputError("neither a medium nor a lock", where=str(path))
    with IsoReader(path) as reader:
        return _of_medium(reader)


def _of_medium(reader: IsoReader) -> Subject:
    image = reader.image()
    release = read_release(reader, image)
    there = all(image.find(media.LOCKS / name) for name in LOCK_NAMES)
    found = _locks_of(reader, image, release) if there else Found()
    carried = replace(found, locks=selected(found.locks, release.options))
    return Subject(reader.path, carried, release, image.label, _folder_sizes(image), _updateinfo(reader, image))


def _locks_of(reader: IsoReader, image: IsoImage, release: Release) -> Found:
    parts: dict[str, Any] = {}
    for name in LOCK_NAMES:
        file = image.find(media.LOCKS / name)
        where = f"{reader.path}: {media.LOCKS / name}"
        if file is None:
            raise VerificationError("missing", where=where)
        text = reader.read(file, strict_yaml.MAX_BYTES)
        if Digest.sha256(text) != release.locks.get(name):
            raise VerificationError("is not the lock that release.json names", where=where)
        kind = name.removesuffix(".lock")
        parts[kind] = getattr(from_data(strict_yaml.loads(text, where=where), where=where).locks, kind)
    return Found(ReleaseLocks(**parts), kinds=frozenset(LOCK_NAMES))


def _updateinfo(reader: IsoReader, image: IsoImage) -> bytes:
    file: IsoFile | None = next(
        (one for one in image.files if one.path.parent == media.REPODATA and one.path.name.endswith(_UPDATEINFO)), None
    )
    return reader.read(file, MAX_UPDATEINFO) if file else b""


def _folder_sizes(image: IsoImage) -> dict[str, int]:
    found: Counter[str] = Counter()
    for file in image.files:
        found[file.path.parts[0] + ("/" if len(file.path.parts) > 1 else "")] += file.size
    return dict(sorted(found.items()))
