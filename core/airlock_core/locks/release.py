"""The four locks of a release together, as files in one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from airlock_core import atomic, strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, raise_all
from airlock_core.locks.charts import ChartsLock
from airlock_core.locks.files import UNKNOWN, FilesLock
from airlock_core.locks.images import ImagesLock
from airlock_core.locks.rpms import RpmsLock

T = TypeVar("T")

LOCK_NAMES = ("rpms.lock", "images.lock", "charts.lock", "files.lock")

_HEAD = "# Written by `airlock lock`. Do not edit: change the manifest and lock again.\n---\n"


@dataclass(frozen=True)
class ReleaseLocks:
    """All that a release resolved to."""

    rpms: RpmsLock = field(default_factory=RpmsLock)
    images: ImagesLock = field(default_factory=ImagesLock)
    charts: ChartsLock = field(default_factory=ChartsLock)
    files: FilesLock = field(default_factory=FilesLock)

    def texts(self) -> dict[str, str]:
        """The text of each lock file by its name: sorted and stable."""
        data = (self.rpms.to_data(), self.images.to_data(), self.charts.to_data(), self.files.to_data())
        return {name: _HEAD + strict_yaml.dumps(part) for name, part in zip(LOCK_NAMES, data, strict=True)}

    def digests(self) -> dict[str, Digest]:
        """The digest of each lock file's text by its name."""
        return {name: Digest.sha256(text.encode()) for name, text in self.texts().items()}

    def write(self, folder: Path) -> list[str]:
        """Write the files that are not already there with the same text; the names of those written.

        Raises:
            MachineError: no space or no right to write.
        """
        texts = self.texts()
        changed = self.stale(folder)
        for name in changed:
            atomic.write(folder / name, texts[name])
        return list(changed)

    def stale(self, folder: Path) -> tuple[str, ...]:
        """The names of the files of a folder that do not have their text."""
        return tuple(name for name, text in self.texts().items() if _read(folder / name) != text)

    @classmethod
    def load(cls, folder: Path) -> ReleaseLocks:
        """Read all four from a folder.

        Raises:
            InputError, Faults: a file is missing or not of its format; all faults of all four files at once.
        """
        faults: list[AirlockError] = []
        rpms = _part(folder / "rpms.lock", RpmsLock.from_data, RpmsLock(), faults)
        images = _part(folder / "images.lock", ImagesLock.from_data, ImagesLock(), faults)
        charts = _part(folder / "charts.lock", ChartsLock.from_data, ChartsLock(), faults)
        files = _part(folder / "files.lock", _sized_files, FilesLock(), faults)
        raise_all(f"the locks in {folder} have faults", faults)
        return cls(rpms, images, charts, files)


def _sized_files(data: Mapping[str, Any], *, where: str) -> FilesLock:
    lock = FilesLock.from_data(data, where=where)
    unsized = [file for file in lock.files if file.size == UNKNOWN]
    raise_all(where, [InputError("size: is missing", where=f"{where}: {file.filename}") for file in unsized])
    return lock


def _part(path: Path, read: Callable[..., T], empty: T, faults: list[AirlockError]) -> T:
    try:
        return read(_data(path), where=str(path))
    except AirlockError as fault:
        faults.append(mendable(fault))
        return empty


def mendable(fault: AirlockError) -> AirlockError:
    """A fault of a lock that was read, with what can be done about it."""
    fault.todo = fault.todo or "take it back from version control, or remove it and lock anew"
    return fault


def _data(path: Path) -> object:
    if not path.exists():
        raise InputError("there is no such lock", where=str(path), todo="run `airlock lock` first")
    return strict_yaml.load(path)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
