"""Whether the medium fits where it is to be written: said before the work begins."""

from __future__ import annotations

from pathlib import Path
from shutil import disk_usage

from airlock_builder.stage import registry_tar
from airlock_builder.stage.inputs import StoreView
from airlock_core import sizes
from airlock_core.errors import MachineError
from airlock_core.locks import ReleaseLocks


def require(locks: ReleaseLocks, view: StoreView, folder: Path) -> None:
    """Refuse what cannot fit: all content, once, on the medium.

    What the base ISO brings is not counted: how much of it stays is known when it has been read.

    Args:
        folder: the staging folder, on the file system of the output.

    Raises:
        MachineError: less is free than the medium needs at least.
        InputError, VerificationError: a manifest of an image is not in the store, or is damaged.
    """
    needed = registry_tar.size(locks.images, view) + _plain(locks)
    free = disk_usage(folder).free
    if free < needed:
        raise MachineError(
            f"not enough space: at least {sizes.human(needed)} for the medium, {sizes.human(free)} free",
            where=str(folder.parent),
            todo="free some space, or write to another folder with -o",
        )


def _plain(locks: ReleaseLocks) -> int:
    """Bytes of all that is carried as it is."""
    return sum(
        (
            sum(package.size for package in (*locks.rpms.packages, *locks.rpms.sources)),
            sum(size for chart in locks.charts.charts for _, size in chart.carried.values()),
            sum(file.size for file in locks.files.files if file.kind != "base"),
        )
    )
