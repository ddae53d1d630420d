"""Two sets of locks compared, part by part."""

from __future__ import annotations

from dataclasses import replace

from airlock_core.compare.contents import content_differences
from airlock_core.compare.model import Difference
from airlock_core.compare.rpms import rpm_differences
from airlock_core.errors import InputError
from airlock_core.locks import ReleaseLocks, RpmsLock
from airlock_core.locks.charts import ChartsLock
from airlock_core.locks.files import FilesLock
from airlock_core.locks.helm import HelmLock
from airlock_core.locks.images import ImagesLock
from airlock_core.locks.reading import Found


def compare(old: Found, new: Found) -> tuple[Difference, ...]:
    """Every difference, in the order of reading; of the kinds of locks that both sides have.

    Raises:
        InputError: they have no kind in common.
    """
    kinds = old.kinds & new.kinds
    if not kinds:
        raise InputError(
            "these hold nothing that could be compared",
            why=f"the one has {_listed(old)}, the other {_listed(new)}",
            todo="give two locks of one kind, two folders of locks, or two media",
        )
    before, after = _restricted(old, kinds), _restricted(new, kinds)
    found = [
        *rpm_differences(before.locks.rpms, after.locks.rpms),
        *content_differences(_contents(before), _contents(after)),
    ]
    return tuple(sorted(found, key=lambda difference: difference.order))


def _restricted(found: Found, kinds: frozenset[str]) -> Found:
    empty = {"rpms": RpmsLock(), "images": ImagesLock(), "charts": ChartsLock(), "files": FilesLock()}
    absent = {kind: lock for kind, lock in empty.items() if f"{kind}.lock" not in kinds}
    locks: ReleaseLocks = replace(found.locks, **absent)  # type: ignore[arg-type]
    return Found(locks, found.helm if "charts.lock" in kinds else None, kinds)


def _contents(found: Found) -> tuple[ImagesLock, ChartsLock, FilesLock, HelmLock | None]:
    return found.locks.images, found.locks.charts, found.locks.files, found.helm


def _listed(found: Found) -> str:
    return ", ".join(sorted(found.kinds)) or "no lock"
