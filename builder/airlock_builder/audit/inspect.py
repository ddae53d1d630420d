"""What is on a medium, or in a lock: read, counted, listed; nothing is verified here."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airlock_builder.audit.verify import read_release
from airlock_core import media, strict_yaml
from airlock_core.errors import InputError, VerificationError
from airlock_core.iso import IsoImage, IsoReader
from airlock_core.locks import LOCK_NAMES, ChartsLock, FilesLock, ImagesLock, ReleaseLocks, RpmsLock
from airlock_core.locks.selection import counts, selected
from airlock_core.release import Release
from airlock_core.sizes import counted, human

_READERS: Mapping[str, Any] = {
    "arches": lambda data, where: ReleaseLocks(rpms=RpmsLock.from_data(data, where=where)),
    "images": lambda data, where: ReleaseLocks(images=ImagesLock.from_data(data, where=where)),
    "dependencies": lambda data, where: ReleaseLocks(charts=ChartsLock.from_data(data, where=where)),
    "artifacts": lambda data, where: ReleaseLocks(files=FilesLock.from_data(data, where=where)),
}
"""The key by which each kind of lock is known."""


@dataclass(frozen=True)
class Inventory:
    """What was found.

    Args:
        subject: the medium, lock or folder of locks.
        locks: what it carries, or what the lock says.
        release: the medium's root document; None for locks.
        sizes: bytes by top folder of a medium, or by kind of a lock.
        label: the medium's volume label.
    """

    subject: Path
    locks: ReleaseLocks
    release: Release | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    label: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind; only kinds that are there."""
        return {kind: count for kind, count in counts(self.locks).items() if count}

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "subject": str(self.subject),
            "label": self.label,
            "release": strict_yaml.loads(self.release.dumps(), where="release.json") if self.release else None,
            "counts": self.counts,
            "sizes": dict(self.sizes),
            **self._names(),
        }

    def lines(self) -> list[str]:
        """For people."""
        width = max((len(name) for name in self.sizes), default=0)
        sizes = [f"  {name:<{width}}  {human(size):>10}" for name, size in self.sizes.items()]
        names = [line for kind, found in self._names().items() if found for line in _listed(kind, found)]
        return [*self._head(), *sizes, *names]

    def _head(self) -> list[str]:
        found = counted(self.counts)
        if self.release is None:
            return [f"{self.subject}: {found}"]
        release = self.release
        options = f", options: {', '.join(release.options)}" if release.options else ""
        return [
            f"{self.subject}: {release.name} {release.version} (number {release.number}), label {self.label}",
            f"for {release.os} {release.os_release} {release.arch}{options}: {found}",
        ]

    def _names(self) -> dict[str, list[str]]:
        return {
            "packages": sorted(str(package.nevra) for package in self.locks.rpms.packages),
            "images": [f"{image.site_name}@{image.digest}" for image in self.locks.images.images],
            "charts": [f"{chart.name} {chart.version}" for chart in self.locks.charts.charts],
            "files": [f"{file.kind} {file.filename}" for file in self.locks.files.files if file.kind != "base"],
        }


def inspect(path: Path) -> Inventory:
    """Look at a medium (ISO or device), a lock file, or a folder of all four locks.

    Raises:
        InputError, Faults: it cannot be read, or is none of these.
        VerificationError: an ISO that is damaged, or not airlock's.
    """
    if path.is_dir():
        return _of_locks(path, ReleaseLocks.load(path))
    if path.name in LOCK_NAMES or path.suffix in (".lock", ".yaml", ".yml"):
        return _of_locks(path, _read_lock(path))
    if path.exists() and not stat.S_ISREG(path.stat().st_mode) and not stat.S_ISBLK(path.stat().st_mode):
        raise InputError("neither a medium nor a lock", where=str(path))
    with IsoReader(path) as reader:
        return _of_medium(reader)


def _of_medium(reader: IsoReader) -> Inventory:
    image = reader.image()
    release = read_release(reader, image)
    found = ReleaseLocks()
    if all(image.find(media.LOCKS / name) for name in LOCK_NAMES):
        found = _locks_of(reader, image)
    return Inventory(reader.path, selected(found, release.options), release, _folder_sizes(image), image.label)


def _locks_of(reader: IsoReader, image: IsoImage) -> ReleaseLocks:
    parts = []
    for name, (key, _) in zip(LOCK_NAMES, _READERS.items(), strict=True):
        file = image.find(media.LOCKS / name)
        where = f"{reader.path}: {media.LOCKS / name}"
        if file is None:
            raise VerificationError("missing", where=where)
        parts.append(_READERS[key](strict_yaml.loads(reader.read(file, strict_yaml.MAX_BYTES), where=where), where))
    rpms, images, charts, files = parts
    return ReleaseLocks(rpms.rpms, images.images, charts.charts, files.files)


def _read_lock(path: Path) -> ReleaseLocks:
    data = strict_yaml.load(path)
    key = next((key for key in _READERS if isinstance(data, dict) and key in data), None)
    if key is None:
        raise InputError("not a lock of a known kind", where=str(path), todo=f"give one of {', '.join(LOCK_NAMES)}")
    found: ReleaseLocks = _READERS[key](data, str(path))
    return found


def _of_locks(path: Path, locks: ReleaseLocks) -> Inventory:
    sizes = {
        "packages": sum(package.size for package in locks.rpms.packages),
        "images": sum(image.size for image in locks.images.images),
        "charts": sum(chart.size for chart in locks.charts.charts),
        "files": sum(file.size for file in locks.files.files),
    }
    return Inventory(path, locks, sizes={kind: size for kind, size in sizes.items() if size})


def _folder_sizes(image: IsoImage) -> dict[str, int]:
    found: Counter[str] = Counter()
    for file in image.files:
        found[file.path.parts[0] + ("/" if len(file.path.parts) > 1 else "")] += file.size
    return dict(sorted(found.items()))


def _listed(kind: str, names: list[str]) -> list[str]:
    return [f"{kind}:", *(f"  {name}" for name in names)]
