"""What brought a locked collection in that the manifest does not name: those that require it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from airlock_builder.lock.named import Named
from airlock_core.locks import FilesLock, LockedFile
from airlock_core.locks.files import collection_of


@dataclass(frozen=True)
class CollectionReason:
    """Why one collection is locked.

    Args:
        asked: what the manifest names that leads to it; None where nothing does any more.
        chain: from there on, who requires what: ``a.b 1.0.0``, ``c.d >=1``.
        needed_by: all others that require it, in the same words.
    """

    file: LockedFile
    asked: Named | None
    chain: tuple[tuple[str, str], ...]
    needed_by: tuple[tuple[str, str], ...] = ()


def why_collections(items: Sequence[Named], lock: FilesLock, text: str) -> list[CollectionReason]:
    """The reasons of the collections that a text means: a name, a file's name, or a glob for one of these."""
    files = {collection_of(file.filename)[0]: file for file in lock.of_kind("collection")}
    asked = _asked(items, files)
    meant = [name for name, file in files.items() if any(fnmatchcase(one, text) for one in (name, file.filename))]
    return [_reason(name, files, asked) for name in sorted(meant) if name not in asked]


def label(file: LockedFile) -> str:
    """A collection as people name it."""
    return " ".join(collection_of(file.filename))


def _asked(items: Sequence[Named], files: dict[str, LockedFile]) -> dict[str, Named]:
    """Those that the manifest names, by their names."""
    by_url = {file.download_url: name for name, file in files.items()}
    named = [one for one in items if one.kind == "collection"]
    return {by_url.get(one.name, one.name.partition(" ")[0]): one for one in named}


def _reason(name: str, files: dict[str, LockedFile], asked: dict[str, Named]) -> CollectionReason:
    ways: dict[str, tuple[tuple[str, str], ...]] = {one: () for one in asked if one in files}
    waiting = list(ways)
    for one in waiting:  # grows while it is gone through: the shortest ways come first
        for text in files[one].requires:
            other = text.partition(" ")[0]
            if other in files and other not in ways:
                ways[other] = (*ways[one], (label(files[one]), text))
                waiting.append(other)
    chain = ways.get(name, ())
    needs = [(label(file), text) for file in files.values() for text in file.requires if text.partition(" ")[0] == name]
    first = chain[0][0].partition(" ")[0] if chain else ""
    return CollectionReason(files[name], asked.get(first), chain, tuple(one for one in needs if one not in chain))
