"""What in two locks made a package move that would have stayed: requirements and conflicts of what moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from airlock_builder.lock.rpms.tracing.sides import Sides
from airlock_core.compare.rpms import Pair
from airlock_core.digest import Digest
from airlock_core.locks import LockedRpm

Named = Callable[[LockedRpm], bool]


@dataclass(frozen=True)
class Pressure:
    """What moved a package.

    Args:
        by: the id, in the new lock, of the package that did.
        words: how, such as ``app-2-1.noarch requires lib = 2``.
    """

    by: int
    words: str


@dataclass(frozen=True)
class Pressures:
    """Finds them.

    Args:
        pairs: what moved: packages of the two locks that are not the same on both sides.
        named: whether a package was to move; None where all was.
    """

    sides: Sides
    pairs: Sequence[Pair]
    named: Named | None = None

    @cached_property
    def successor(self) -> Mapping[int, int]:
        """The new build of each that was replaced, by their ids."""
        both = ((self.sides.id_of(old), self.sides.id_of(new)) for old, new in self.pairs if old and new)
        return {old: new for old, new in both if old and new}

    @cached_property
    def predecessor(self) -> Mapping[int, int]:
        """The other way round."""
        return {new: old for old, new in self.successor.items()}

    def on(self, old: LockedRpm, new: LockedRpm) -> Pressure | None:
        """What made a package move, that which was named to move before all else."""
        was, now = self.sides.id_of(old), self.sides.id_of(new)
        if was is None or now is None:
            return None
        found = [*self._required(was, now), *self._unmet(was), *self._against.get(was, ())]
        return next((one for one in found if self.is_named(one.by)), None) or next(iter(found), None)

    def is_named(self, number: int) -> bool:
        """Whether a package of the new lock was to move."""
        return self.named is not None and self.named(self.sides.after.locked.packages[number])

    def root(self, number: int) -> int:
        """The package at the beginning of a chain of pressures: one that was named, or that nothing else moved."""
        seen = {number}
        while not self.is_named(number):
            old = self.sides.before.locked.packages.get(self.predecessor.get(number, 0))
            pressure = self.on(old, self.sides.after.locked.packages[number]) if old else None
            if pressure is None or pressure.by in seen:
                break
            number = pressure.by
            seen.add(number)
        return number

    def _required(self, was: int, now: int) -> Iterator[Pressure]:
        """New builds require what the old one did not provide."""
        for need in self.sides.after.requirements(now):
            changed = need.by not in self.sides.before.locked.packages
            if changed and not self.sides.meets(was, need.by, need.text):
                yield Pressure(need.by, f"{self.sides.after.label(need.by)} requires {need.text}")

    def _unmet(self, was: int) -> Iterator[Pressure]:
        """The old build requires what is gone."""
        for text, providers in self.sides.before.needs_of.get(was, {}).items():
            for by in sorted(self.successor[one] for one in providers if one in self.successor):
                if not self.sides.is_met(was, text):
                    yield Pressure(by, f"{self.sides.before.label(was)} requires {text}")

    @cached_property
    def _against(self) -> Mapping[int, list[Pressure]]:
        """Conflicts of new packages with old ones."""
        sides = self.sides
        gone = sides.before.locked.packages.keys() - sides.after.locked.packages.keys()
        found: dict[int, list[Pressure]] = defaultdict(list)
        for by in sorted(sides.after.locked.packages.keys() - sides.before.locked.packages.keys()):
            for number, words in sides.against(by):
                if number in gone and self.successor.get(number) != by:
                    found[number].append(Pressure(by, f"{sides.after.label(by)} {words}"))
        return found


def moved(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs whose two sides are not the same file of the same repository."""
    return [(old, new) for old, new in pairs if not (old and new and _file(old) == _file(new))]


def _file(package: LockedRpm) -> tuple[str, Digest]:
    return (package.repoid, package.checksum)
