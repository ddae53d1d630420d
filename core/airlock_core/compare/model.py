"""One difference, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

PARTS = (
    "architectures",
    "rpms",
    "sources",
    "images",
    "charts",
    "files",
    "wheels",
    "collections",
    "playbooks",
    "base",
    "modules",
    "assumed",
    "repos",
    "signers",
)
"""What a difference may be about, in the order in which people read of it."""


class Kind(StrEnum):
    """What became of an entry, in the order in which people read of it."""

    ADDED = "added"
    REMOVED = "removed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    REBUILT = "other bytes under the same name"
    SIGNER = "signed by another key"
    UNSIGNED = "taken unsigned"
    REPO = "from another repo"
    STREAM = "of another module stream"
    PLATFORMS = "for other platforms"
    OPTIONS = "for other options"
    KEYS = "checked by other keys"
    PLACE = "fetched from elsewhere"
    METADATA = "metadata of another day"


_ASIDE = frozenset({Kind.METADATA})
"""Kinds that change nothing of what is carried."""


@dataclass(frozen=True)
class Difference:
    """One entry that is only in one of two locks, or differs in one respect.

    Args:
        part: one of :data:`PARTS`.
        kind: in which respect.
        name: the package, image, chart, file, repo.
        old, new: what it was and is: a version where there is one; empty where it is absent.
        arch: of a package.
        on: the architectures of the locks that it concerns; empty where the locks are for one alone.
        note: what else a reader wants to know of it.
    """

    part: str
    kind: Kind
    name: str
    old: str = ""
    new: str = ""
    arch: str = ""
    on: tuple[str, ...] = ()
    note: str = ""

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts differences as people read them."""
        return (PARTS.index(self.part), list(Kind).index(self.kind), self.name, self.arch, self.on, self.old, self.new)

    @property
    def label(self) -> str:
        """How people name the entry."""
        return f"{self.name}.{self.arch}" if self.arch else self.name

    def to_json(self) -> dict[str, object]:
        """For programs."""
        data = {
            "part": self.part,
            "kind": self.kind.name.lower(),
            "name": self.name,
            "arch": self.arch,
            "on": list(self.on),
            "old": self.old,
            "new": self.new,
            "note": self.note,
        }
        return {key: value for key, value in data.items() if value or key in ("old", "new")}


def counts(differences: Iterable[Difference]) -> Mapping[str, Mapping[Kind, int]]:
    """How many of each kind, by part; only what there is, in the order of reading."""
    found = Counter((difference.part, difference.kind) for difference in differences)
    return {
        part: {kind: found[part, kind] for kind in Kind if found[part, kind]}
        for part in PARTS
        if any(found[part, kind] for kind in Kind)
    }


def content_differs(differences: Iterable[Difference]) -> bool:
    """Whether any of them is more than newer metadata of the same packages."""
    return any(difference.kind not in _ASIDE for difference in differences)
