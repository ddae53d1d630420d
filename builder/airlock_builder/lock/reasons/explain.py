"""Each difference of a new lock from the one that stands, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from airlock_builder.lock.reasons.contents import Contents
from airlock_builder.manifest.model import Manifest
from airlock_core.compare import Cause, Difference, Kind, Reason
from airlock_core.compare.rpms import Pair, paired
from airlock_core.locks import FilesLock, RpmsLock

Causes = Callable[[], Mapping[Pair, Reason]]
"""Finds why packages moved; asked where some did."""
_OF_LOCK = {
    "images": "images.lock",
    "attached": "images.lock",
    "charts": "charts.lock",
    **dict.fromkeys(("files", "wheels", "collections", "playbooks", "base"), "files.lock"),
}
_MOVES = frozenset({Kind.ADDED, Kind.REMOVED, Kind.UPGRADED, Kind.DOWNGRADED, Kind.REBUILT, Kind.REPO, Kind.STREAM})
_REPOS = {
    Kind.ADDED: Reason(Cause.MANIFEST, "the manifest names it now"),
    Kind.REMOVED: Reason(Cause.MANIFEST, "the manifest no longer names it"),
    Kind.KEYS: Reason(Cause.MANIFEST, "the manifest gives it other keys"),
    Kind.PLACE: Reason(Cause.MOVED, "the manifest, or its list of mirrors, names another place"),
    Kind.METADATA: Reason(Cause.MOVED, "upstream moved"),
}


def explained(
    changes: Sequence[Difference],
    manifest: Manifest,
    old: RpmsLock,
    new: RpmsLock,
    causes: Causes,
    *,
    files: FilesLock,
    missing: Collection[str] = (),
) -> tuple[Difference, ...]:
    """The same differences with their reasons.

    Args:
        old, new: what stands and what was resolved, of which ``changes`` are the differences.
        files: what was resolved of files.
        missing: names of locks that were not there.
    """
    contents = Contents(manifest, changes, files)
    rpms = _Rpms(old, new, causes) if any(one.part == "rpms" for one in changes) else None

    def reason(one: Difference) -> Reason | None:
        lock = _OF_LOCK.get(one.part, "rpms.lock")
        if lock in missing:
            return Reason(Cause.MISSING, f"there was no {lock}")
        if lock != "rpms.lock":
            return contents.reason(one)
        return rpms.reason(one) if rpms and one.part == "rpms" else _around(one)

    return tuple(replace(one, reason=reason(one)) for one in changes)


class _Rpms:
    def __init__(self, old: RpmsLock, new: RpmsLock, causes: Causes) -> None:
        self._pairs = paired(old, new)
        self._causes = causes() if old.packages else {}

    def reason(self, one: Difference) -> Reason | None:
        pair = self._pairs.get(one)
        if pair is None:
            return None
        old, new = pair
        if one.kind in _MOVES:
            return self._causes.get(pair)
        if one.kind is Kind.UNSIGNED:
            return Reason(Cause.MANIFEST, "rpms.unsigned excuses it")
        if one.kind is Kind.OPTIONS:
            return Reason(Cause.MANIFEST, "other parts of the manifest ask for it, or require it, now")
        if old and new and old.checksum == new.checksum:
            return Reason(Cause.MANIFEST, "the same file, judged by other keys of the manifest")
        return Reason(Cause.SIGNER, "its maker signed the new build with another key")


def _around(one: Difference) -> Reason | None:
    """Why what stands around the packages changed."""
    if one.part == "sources":
        return Reason(Cause.FOLLOWS, "the source of packages that moved")
    if one.part == "architectures":
        return Reason(Cause.MANIFEST, "platform.arch of the manifest")
    if one.part == "modules" and one.kind is not Kind.METADATA:
        return Reason(Cause.FOLLOWS, "packages of its module streams came or left")
    return _REPOS.get(one.kind) if one.part in ("repos", "modules") else None
