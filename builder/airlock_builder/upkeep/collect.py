"""What nothing needs any more, taken out of a store: each thing whole, so that a run that is cut is gone on with."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_builder import occupancy
from airlock_builder.lock.rpms.signing.heads import Heads
from airlock_builder.store import Store
from airlock_builder.upkeep.reach import Reached, reached
from airlock_builder.upkeep.spare import spare
from airlock_builder.upkeep.things import BLOBS, NOTEBOOKS, OTHER, Thing, things
from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.locks import ReleaseLocks
from airlock_core.notebook import Notebook, Notes


@dataclass(frozen=True)
class Collected:
    """What went, or would go.

    Args:
        gone: things, in the order of kinds and paths.
        names: what is known of blobs among them: the builds of RPMs.
        notes: notes that went, by the name of their notebook.
        kept: blobs that stay, and their bytes.
        unknown: locked images whose manifests are not in the store.
        foreign: what is in the store's folder and not its own; left alone.
    """

    store: Path
    gone: tuple[Thing, ...]
    names: Mapping[Path, str]
    notes: Mapping[str, Notes]
    kept: Notes
    unknown: tuple[str, ...]
    foreign: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Bytes that become free."""
        return sum(thing.size for thing in self.gone) + sum(notes.size for notes in self.notes.values())


def collect(store: Store, locks: Iterable[ReleaseLocks], *, age: float, dry: bool) -> Collected:
    """Remove what the locks of some releases do not reach.

    Args:
        locks: of all releases that the store is kept for.
        age: seconds after which what can be had again is old.
        dry: remove nothing, and say what would go; other runs may be in the store.

    Raises:
        HeldError: another run is in the store.
        VerificationError: an image's manifest is damaged, so that its layers are not known; nothing was removed.
        MachineError: no right to read or write.
    """
    before = time.time() - age
    with (occupancy.present if dry else occupancy.alone)(store.root), atomic.disk_errors(store.root):
        needed = reached(locks, store)
        there = list(things(store.root))
        gone = list(spare(there, needed, before))
        names = _names(gone, store)
        notes = _notes(there, _subjects(needed, store), before, dry=dry)
        if not dry:
            _remove(gone)
    went = {thing.path for thing in gone}
    kept = [thing for thing in there if thing.kind == BLOBS and thing.path not in went]
    foreign = tuple(thing.path for thing in there if thing.kind == OTHER)
    total = Notes(len(kept), sum(thing.size for thing in kept))
    return Collected(store.root, tuple(gone), names, notes, total, needed.unknown, foreign)


def _remove(gone: Iterable[Thing]) -> None:
    # what says how a document was fetched goes before the document: NAME.json sorts after NAME.body
    for thing in reversed(list(gone)):
        with contextlib.suppress(FileNotFoundError):
            if thing.path.is_dir() and not thing.path.is_symlink():
                shutil.rmtree(thing.path)
            else:
                thing.path.unlink()


def _names(gone: Iterable[Thing], store: Store) -> dict[Path, str]:
    """The builds of packages, from what was noted when they were locked."""
    blobs = {Digest(thing.path.parent.name, thing.hex): thing.path for thing in gone if thing.kind == BLOBS}
    return {blobs[digest]: str(head.nevra) for digest, head in Heads(store.metadata).read(blobs).items()}


def _subjects(needed: Reached, store: Store) -> set[str]:
    """What notes may be about that the locks need: packages, and their headers."""
    heads = Heads(store.metadata).read(needed.packages)
    return {*map(str, needed.packages), *(head.header_digest for head in heads.values())}


def _notes(there: Sequence[Thing], subjects: set[str], before: float, *, dry: bool) -> dict[str, Notes]:
    books = {thing.path.stem: Notebook(thing.path) for thing in there if thing.kind == NOTEBOOKS}
    return {name: (one.outdated if dry else one.prune)(subjects, before) for name, one in books.items()}
