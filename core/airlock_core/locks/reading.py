"""Any lock of the kinds that airlock writes or its neighbours do: told apart by what stands in it, not by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from airlock_core import strict_yaml
from airlock_core.errors import Attempts, InputError, raise_all
from airlock_core.locks.charts import ChartsLock
from airlock_core.locks.files import UNKNOWN, FilesLock
from airlock_core.locks.helm import HelmLock
from airlock_core.locks.images import ImagesLock
from airlock_core.locks.release import LOCK_NAMES, ReleaseLocks, mendable
from airlock_core.locks.rpms import RpmsLock

NEIGHBOURS = {
    "rpms.lock": "rpms.lock.yaml",
    "images.lock": ".imgpkg/images.yml",
    "charts.lock": "Chart.lock",
    "files.lock": "artifacts.lock.yaml",
}
"""The names by which other tools know what stands in each of our locks."""


@dataclass(frozen=True)
class Found:
    """What was read.

    Args:
        locks: what stands in locks whose entries are pinned.
        helm: Helm's own Chart.lock, which pins versions alone.
        kinds: which of :data:`LOCK_NAMES` were there; an absent one says nothing, other than an empty one.
    """

    locks: ReleaseLocks = field(default_factory=ReleaseLocks)
    helm: HelmLock | None = None
    kinds: frozenset[str] = frozenset()


def whole(locks: ReleaseLocks) -> Found:
    """All four of them, as if they had been read."""
    return Found(locks, kinds=frozenset(LOCK_NAMES))


def read_lock(path: Path) -> Found:
    """Read one lock file.

    Raises:
        InputError, Faults: no lock of a known kind, or one with faults.
    """
    return from_data(strict_yaml.load(path), where=str(path))


def from_data(data: Any, *, where: str) -> Found:
    """Take one lock's plain data for what it is.

    Raises:
        InputError, Faults: as :func:`read_lock`.
    """
    for key, read in _READERS.items():
        if isinstance(data, Mapping) and key in data:
            return read(data, where)
    if data is None:
        raise InputError("is empty", where=where)
    raise InputError("not a lock of a known kind", where=where, todo=f"give one of {', '.join(LOCK_NAMES)}")


def read_folder(folder: Path) -> Found:
    """Read a release's four locks; where there is none, locks by the names that other tools give them.

    Raises:
        InputError, Faults: one of the four is missing, or none of any kind is there; locks with faults.
    """
    theirs = [folder / name for name in NEIGHBOURS.values() if (folder / name).is_file()]
    if theirs and not has_own(folder):
        return _together(theirs, folder)
    return whole(ReleaseLocks.load(folder))


def read_standing(folder: Path) -> ReleaseLocks:
    """What a new lock is compared with: those of the four locks that are there.

    Raises:
        InputError, Faults: one that is there has faults.
    """
    present = {name.removesuffix(".lock"): folder / name for name in LOCK_NAMES if (folder / name).is_file()}
    parts = Attempts()
    found = {kind: parts.attempt(lambda path=path: read_lock(path), Found()) for kind, path in present.items()}  # type: ignore[misc]
    raise_all(f"the locks in {folder} have faults", [mendable(fault) for fault in parts.faults])
    return replace(ReleaseLocks(), **{kind: getattr(part.locks, kind) for kind, part in found.items()})


def pinned(found: Found, folder: Path) -> ReleaseLocks:
    """What can be fetched of it: locks whose every entry has a digest and a size.

    Raises:
        InputError: Helm's own lock is among them, or files without a size.
    """
    faults = [
        InputError(
            f"the file {file.filename} has no size",
            where=str(folder / NEIGHBOURS["files.lock"]),
            todo="name it in a manifest under files.urls and run `airlock lock`",
        )
        for file in found.locks.files.files
        if file.size == UNKNOWN
    ]
    if found.helm and found.helm.dependencies:
        what = "Helm's own lock has no digests of its charts, and nothing is fetched without"
        todo = "name them in a manifest under charts and run `airlock lock`"
        faults.append(InputError(what, where=str(folder / NEIGHBOURS["charts.lock"]), todo=todo))
    raise_all(f"the locks in {folder} cannot be fetched", faults)
    return found.locks


def has_own(folder: Path) -> bool:
    """Whether any of a release's own four locks is there."""
    return any((folder / name).is_file() for name in LOCK_NAMES)


def absent(folder: Path) -> tuple[str, ...]:
    """Which of a release's own four locks are not there."""
    return tuple(name for name in LOCK_NAMES if not (folder / name).is_file())


def _together(paths: list[Path], folder: Path) -> Found:
    parts = Attempts()
    whole = Found()
    for path in paths:
        part = parts.attempt(lambda path=path: read_lock(path), Found())  # type: ignore[misc]
        names = {name: name.removesuffix(".lock") for name in part.kinds}
        locks = replace(whole.locks, **{kind: getattr(part.locks, kind) for kind in names.values()})
        whole = Found(locks, part.helm or whole.helm, whole.kinds | part.kinds)
    raise_all(f"the locks in {folder} have faults", parts.faults)
    return whole


def _rpms(data: Mapping[str, Any], where: str) -> Found:
    return Found(ReleaseLocks(rpms=RpmsLock.from_data(data, where=where)), kinds=frozenset({"rpms.lock"}))


def _images(data: Mapping[str, Any], where: str) -> Found:
    return Found(ReleaseLocks(images=ImagesLock.from_data(data, where=where)), kinds=frozenset({"images.lock"}))


def _charts(data: Mapping[str, Any], where: str) -> Found:
    kinds = frozenset({"charts.lock"})
    if "generated" in data or "digest" in data:
        return Found(helm=HelmLock.from_data(data, where=where), kinds=kinds)
    return Found(ReleaseLocks(charts=ChartsLock.from_data(data, where=where)), kinds=kinds)


def _files(data: Mapping[str, Any], where: str) -> Found:
    return Found(ReleaseLocks(files=FilesLock.from_data(data, where=where)), kinds=frozenset({"files.lock"}))


_READERS: Mapping[str, Callable[[Mapping[str, Any], str], Found]] = {
    "lockfileVersion": _rpms,
    "images": _images,
    "dependencies": _charts,
    "artifacts": _files,
}
"""The key by which each kind of lock is known."""
