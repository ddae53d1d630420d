"""Questions to releases, locks and media, and their answers: nothing here changes anything.

As in the pipeline, each imports its own machinery when it is asked.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_core.errors import InputError, raise_all

if TYPE_CHECKING:
    from airlock_builder.audit.diff import Diff
    from airlock_builder.lock.files.reasons import CollectionReason
    from airlock_builder.lock.named import Named
    from airlock_builder.lock.rpms.tracing.why import Reason
    from airlock_builder.lock.wheels.why import WheelReason
    from airlock_builder.manifest.model import Manifest
    from airlock_builder.store import Store
    from airlock_builder.workbench import Workbench
    from airlock_core.locks import LockedFile, LockedRpm, ReleaseLocks


def diff(old: Path, new: Path, store: Store, *, known: Sequence[Path] = ()) -> Diff:
    """What differs between two locks of one kind, two folders of locks, or two media.

    Args:
        store: where the advisories are that the locks name.
        known: files of advisories to take in place of those.

    Raises:
        InputError, VerificationError, Faults: one of them cannot be read; they have nothing in common.
    """
    from airlock_builder import occupancy
    from airlock_builder.audit.diff import diff

    with occupancy.present(store.root):
        return diff(old, new, store, known=known)


@dataclass(frozen=True)
class Item:
    """What the manifest names, and what it came to.

    Args:
        digest: empty where no lock has it.
        place: in the manifest.
        origin: who vouches for the digest, in words; empty where that is not known, or no question.
        version: of a collection.
    """

    named: Named
    digest: str
    place: str
    origin: str = ""
    version: str = ""


@dataclass(frozen=True)
class Why:
    """What one name is in a lock, and who asked for it.

    Args:
        rpms: why packages are there that it means.
        items: images, charts and files that it means, as the manifest names them.
        wheels: why Python wheels are there that it means.
        collections: why collections are there that it means and that others require.
    """

    name: str
    rpms: tuple[Reason, ...]
    items: tuple[Item, ...]
    wheels: tuple[WheelReason, ...] = ()
    collections: tuple[CollectionReason, ...] = ()


def why(
    manifest: Manifest, bench: Workbench, locks: ReleaseLocks, names: Sequence[str], *, brings: bool = False
) -> list[Why]:
    """Who asked for what a name means in the locks that stand, or for what needs it.

    Args:
        brings: find out what would leave the lock with it, too.

    Raises:
        InputError, Faults: a name that means nothing there; the nearest are told.
        VerificationError, UpstreamError: the metadata that the lock saw cannot be had.
    """
    from airlock_builder.lock.files.reasons import why_collections
    from airlock_builder.lock.named import attached, named
    from airlock_builder.lock.release import kickstarts_of
    from airlock_builder.lock.rpms.tracing.why import why_rpms

    items = [*named(manifest), *attached(manifest, locks)]
    required = {name: why_collections(items, locks.files, name) for name in names}
    wheels = _wheels(manifest, bench.store, locks, names, brings=brings)
    packages = {package.name for package in locks.rpms.packages}
    others = {name for name in names if name in wheels or required[name] or any(one.is_meant(name) for one in items)}
    rpms = why_rpms(
        [name for name in names if name in packages or name not in others],
        [(option, content.rpms) for option, content in manifest.contents()],
        manifest.platform,
        bench.repositories,
        bench.store.metadata,
        locks.rpms,
        kickstarts=kickstarts_of(manifest),
        brings=brings,
        files=partial(_file, bench.store),
    )
    found = [
        Why(
            name,
            tuple(rpms.get(name, ())),
            tuple(_item(one, locks, manifest) for one in items if one.is_meant(name)),
            tuple(wheels.get(name, ())),
            tuple(required[name]),
        )
        for name in names
    ]
    absent = [
        _absent(one.name, locks, items) for one in found if not (one.rpms or one.items or one.wheels or one.collections)
    ]
    raise_all(f"{len(absent)} names mean nothing in these locks", absent)
    return found


def _item(one: Named, locks: ReleaseLocks, manifest: Manifest) -> Item:
    from airlock_builder.lock.named import file_of, locked_as
    from airlock_core.locks.files import collection_of

    file = file_of(one, locks) if one.kind not in ("image", "chart") else None
    version = collection_of(file.filename)[1] if file and file.kind == "collection" else ""
    return Item(one, locked_as(one, locks), manifest.place(*one.path), file.origin if file else "", version)


def _wheels(
    manifest: Manifest, store: Store, locks: ReleaseLocks, names: Sequence[str], *, brings: bool
) -> dict[str, list[WheelReason]]:
    """The reasons of the wheels that names mean; no wheel is read where none does."""
    from airlock_builder.lock.wheels.graph import Wheels
    from airlock_builder.lock.wheels.why import meant, why_wheels

    def file(wheel: LockedFile) -> Path | None:
        return store.path(wheel.checksum) if store.has(wheel.checksum, wheel.size) else None

    locked = locks.files.of_kind("wheel")
    asked = [name for name in names if meant(locked, name)]
    if not asked:
        return {}
    wheels = Wheels.of(manifest, locked, file)
    return {name: why_wheels(wheels, name, brings=brings) for name in asked}


def _file(store: Store, package: LockedRpm) -> Path | None:
    return store.path(package.checksum) if store.intact(package.checksum, package.size) else None


def _absent(name: str, locks: ReleaseLocks, items: Sequence[Named]) -> InputError:
    from airlock_builder.lock.requirements import project_of
    from airlock_core.locks.files import collection_of

    known = {package.name for package in locks.rpms.packages} | {item.name for item in items}
    known |= {project_of(wheel.filename)[0] for wheel in locks.files.of_kind("wheel")}
    known |= {collection_of(one.filename)[0] for one in locks.files.of_kind("collection")}
    close = difflib.get_close_matches(name, sorted(known), 3, 0.5)
    todo = f"the nearest: {', '.join(close)}" if close else "`airlock inspect` lists what is locked"
    return InputError(f"nothing that is locked is, provides or has {name!r}", where="why", todo=todo)
