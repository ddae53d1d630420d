"""Packages that the manifest excuses something of, by name and with a reason: which entry excuses which."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from airlock_builder.manifest.model import NoSource, Rpms, Unsigned
from airlock_core.nevra import Nevra

if TYPE_CHECKING:
    from airlock_core.locks import RpmsLock

Entry = TypeVar("Entry", Unsigned, NoSource)


def excuse(nevra: Nevra, entries: Iterable[Entry]) -> Entry | None:
    """The first entry that names a package: by its name, name.arch or NEVRA; wildcards as in a shell."""
    spellings = (nevra.name, f"{nevra.name}.{nevra.arch}", str(nevra))
    return next((one for one in entries if any(fnmatch.fnmatchcase(text, one.name) for text in spellings)), None)


def idle(parts: Iterable[Rpms], lock: RpmsLock) -> Iterator[str]:
    """A line for each entry of a manifest that excuses nothing: what it opens for tomorrow is worth closing today."""
    all_parts = list(parts)
    packages = [package for arch in lock.arches for package in (*arch.packages, *arch.source)]
    unsigned = [entry for part in all_parts for entry in part.unsigned]
    yield from _idle("rpms.unsigned", unsigned, [package.nevra for package in packages if package.unsigned])
    no_source = [entry for part in all_parts for entry in part.no_source]
    yield from _idle("rpms.no_source", no_source, [package.nevra for package in packages if package.no_source])


def _idle(key: str, entries: Iterable[Entry], excused: Sequence[Nevra]) -> Iterator[str]:
    for entry in dict.fromkeys(entries):
        if not any(excuse(nevra, [entry]) for nevra in excused):
            yield f"{key}: {entry.name} excuses no package: leave it out, lest it excuse one some day"
