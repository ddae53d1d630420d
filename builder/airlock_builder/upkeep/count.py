"""How much is in a store, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from airlock_builder import occupancy
from airlock_builder.store import Store
from airlock_builder.upkeep.things import KINDS, NOTEBOOKS, things
from airlock_core import atomic
from airlock_core.notebook import Notebook, Notes


@dataclass(frozen=True)
class Count:
    """So many files of so many bytes in all."""

    files: int = 0
    size: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.files + other.files, self.size + other.size)


@dataclass(frozen=True)
class Counted:
    """What is in a store.

    Args:
        kinds: every kind's count, in the order of reading.
        notes: what the notebooks hold, by their names.
    """

    store: Path
    kinds: Mapping[str, Count]
    notes: Mapping[str, Notes]

    @property
    def total(self) -> Count:
        """All of it."""
        return sum(self.kinds.values(), Count())


def count(store: Store) -> Counted:
    """Count what is in a store; where there is none yet, nothing is.

    Raises:
        MachineError: it cannot be read.
    """
    kinds = dict.fromkeys(KINDS, Count())
    notes: dict[str, Notes] = {}
    if not store.root.exists():
        return Counted(store.root, kinds, notes)
    with occupancy.present(store.root), atomic.disk_errors(store.root):
        for thing in things(store.root):
            kinds[thing.kind] += Count(thing.files, thing.size)
            if thing.kind == NOTEBOOKS:
                notes[thing.path.stem] = Notebook(thing.path).all()
    return Counted(store.root, kinds, notes)
