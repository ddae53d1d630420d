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
    "attached",
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
    RESIGNED = "signed anew"
    UNSIGNED = "taken unsigned"
    VOUCHED = "vouched for otherwise"
    REPO = "from another repo"
    STREAM = "of another module stream"
    PLATFORMS = "for other platforms"
    OPTIONS = "for other options"
    ENVIRONMENTS = "for other Python environments"
    KEYS = "checked by other keys"
    PLACE = "fetched from elsewhere"
    METADATA = "metadata of another day"


class Cause(StrEnum):
    """Why an entry changed, for programs."""

    NEWER = "upstream has newer"
    GONE = "upstream has it no more"
    MOVED = "upstream moved"
    ASKED = "the manifest asks for it"
    UNASKED = "the manifest no longer asks for it"
    REQUIRED = "something requires it now"
    UNREQUIRED = "nothing requires it any more"
    FORCED = "forced by what was named"
    MANIFEST = "the manifest says otherwise"
    REPLACED = "something else takes its place"
    STREAM = "another module stream is on"
    TAG = "its tag moved"
    BYTES = "other bytes at the same place"
    SIGNER = "signed anew"
    FOLLOWS = "follows its packages"
    MISSING = "there was no lock"
    UNKNOWN = "no single reason found"


@dataclass(frozen=True)
class Reason:
    """Why an entry changed.

    Args:
        cause: for programs.
        text: for people; what one reason covers has the same text.
        detail: what is so of this entry alone, such as the requirement that brought it; may be empty.
    """

    cause: Cause
    text: str
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        """For programs."""
        data = {"cause": self.cause.name.lower(), "text": self.text, "detail": self.detail}
        return {key: value for key, value in data.items() if value}


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
        reason: why it changed, where that was asked and could be found out.
    """

    part: str
    kind: Kind
    name: str
    old: str = ""
    new: str = ""
    arch: str = ""
    on: tuple[str, ...] = ()
    note: str = ""
    reason: Reason | None = None

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
        data: dict[str, object] = {
            "part": self.part,
            "kind": self.kind.name.lower(),
            "name": self.name,
            "arch": self.arch,
            "on": list(self.on),
            "old": self.old,
            "new": self.new,
            "note": self.note,
            "reason": self.reason.to_json() if self.reason else None,
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
