"""Writing the bundle: a tar archive, packed by gzip, for its owner alone, there whole or not at all."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from airlock_core import atomic
from airlock_installer.support.entries import Entry
from airlock_installer.support.redaction import Redaction

_MODE = 0o600


def write(path: Path, entries: Iterable[Entry], redaction: Redaction, at: int) -> int:
    """Write a bundle; its size in bytes.

    Args:
        at: the time that its files bear, in seconds since 1970.

    Raises:
        MachineError: no space, no right to write.
    """
    top = path.name.removesuffix(".tar.gz")
    with atomic.disk_errors(path), atomic.replacing(path) as part:
        with part.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
                for entry in entries:
                    redacted = redaction.json if entry.name.endswith(".json") else redaction.text
                    data = redacted(entry.read()).encode()
                    info = tarfile.TarInfo(f"{top}/{redaction.text(entry.name)}")
                    info.size, info.mode, info.mtime = len(data), _MODE, at
                    tar.addfile(info, io.BytesIO(data))
            atomic.sync(file.fileno())
        part.chmod(_MODE)
    return path.stat().st_size
