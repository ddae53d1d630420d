"""What is new in a fresh resolution, and what of it is only another day's record of the same content."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TypeVar

from airlock_builder.lock.rpms.metadata.rollback import is_older
from airlock_core.locks import LockedRepo, LockedRpm, ModuleMetadata, ReleaseLocks, RpmArch, RpmsLock

Entry = TypeVar("Entry", LockedRpm, ModuleMetadata)
Obtainable = Callable[[ModuleMetadata], bool]


@dataclass(frozen=True)
class Settled:
    """What is to be written.

    Args:
        locks: the new locks, with what stands kept wherever it says the same.
        notes: why a repo's record moved though none of its packages did.
    """

    locks: ReleaseLocks
    notes: tuple[str, ...] = ()


def settled(
    old: ReleaseLocks,
    new: ReleaseLocks,
    obtainable: Obtainable = lambda document: True,
    allow_rollback: Collection[str] = (),
) -> Settled:
    """The new locks, with the old record of the repos, and of their mirrors, kept where no package differs.

    A repo's metadata changes daily while the packages that a release takes from it stay, and mirrors come and go; a
    lock that moved with them would be a change that says nothing. A repo's record moves alone where the manifest gives
    it other keys, where the lock lacks what is locked nowadays, where a document of it is nowhere to be had any
    more, so that nobody could build from the lock, and where it went back in time and may: it must be told once alone.

    Args:
        obtainable: whether a document of an old record can still be had; asked of those alone that changed.
        allow_rollback: ids of repositories that may be older than the old lock saw them.
    """
    same_content = _content(old.rpms).to_data() == _content(new.rpms).to_data()
    same_repos = [repo.id for repo in old.rpms.repos] == [repo.id for repo in new.rpms.repos]
    if not (same_content and same_repos):
        return Settled(new)
    fresh = {repo.id: repo for repo in new.rpms.repos}
    reasons = {repo.id: _reason(repo, fresh[repo.id], obtainable) for repo in old.rpms.repos}
    back = {repo.id for repo in old.rpms.repos if repo.id in allow_rollback and is_older(fresh[repo.id], repo)}
    reasons |= dict.fromkeys(back, "it went back in time, as was allowed")
    repos = (_moved(repo, fresh[repo.id]) if reasons[repo.id] else repo for repo in old.rpms.repos)
    modules, lost = _modules(old.rpms, new.rpms, obtainable)
    kept = replace(new, rpms=RpmsLock(modules, tuple(repos)))
    notes = [f"repo {identity}: {reason}" for identity, reason in reasons.items() if reason]
    return Settled(kept, (*notes, *lost))


def _content(lock: RpmsLock) -> RpmsLock:
    """What is carried, without what the repos were, and which mirror of a list it is named by."""
    bases = {repo.id: f"{repo.base}/" for repo in lock.repos if repo.base}

    def bare(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(replace(entry, url=entry.url.removeprefix(bases.get(entry.repoid, ""))) for entry in entries)

    arches = (
        replace(arch, packages=bare(arch.packages), source=bare(arch.source), module_metadata=(), module_streams=())
        for arch in lock.arches
    )
    return RpmsLock(tuple(arches))


def _reason(old: LockedRepo, new: LockedRepo, obtainable: Obtainable) -> str:
    """Why the record of a repo moves, in words; empty where it stays."""
    if (sorted(old.key), sorted(old.subkeys)) != (sorted(new.key), sorted(new.subkeys)):
        return "the manifest gives it other keys"
    for kind, was, now in (("comps.xml", old.comps, new.comps), ("updateinfo.xml", old.updateinfo, new.updateinfo)):
        if now and not was:
            return f"the lock had no {kind} of it"
        if was and (now is None or now.checksum != was.checksum) and not obtainable(was):
            return f"the {kind} that was locked is not to be had any more"
    return "the lock did not know how old it was" if new.timestamp is not None and old.timestamp is None else ""


def _moved(old: LockedRepo, new: LockedRepo) -> LockedRepo:
    """The new record, its documents at the mirror by which the packages are named that stay."""
    if not (old.base and new.base):
        return new

    def rebased(document: ModuleMetadata | None) -> ModuleMetadata | None:
        url = document.url.removeprefix(f"{new.base}/") if document else ""
        return replace(document, url=f"{old.base}/{url}") if document and url != document.url else document

    return replace(new, base=old.base, comps=rebased(new.comps), updateinfo=rebased(new.updateinfo))


def _modules(old: RpmsLock, new: RpmsLock, obtainable: Obtainable) -> tuple[tuple[RpmArch, ...], list[str]]:
    """The standing architectures, with the new modules.yaml of those repos whose old one is lost."""
    fresh = {arch.arch: arch for arch in new.arches}
    arches: list[RpmArch] = []
    notes: list[str] = []
    for arch in old.arches:
        moved, lost = _described(arch, fresh.get(arch.arch, arch), obtainable)
        arches.append(moved)
        notes += lost
    return tuple(arches), notes


def _described(old: RpmArch, new: RpmArch, obtainable: Obtainable) -> tuple[RpmArch, list[str]]:
    """One architecture as it stands, with new documents of modules where the old will not do, and why."""
    fresh = {one.repoid: one for one in new.module_metadata}
    if new.module_streams and not old.module_streams:
        reason = "the lock did not name the module streams that its own require"
        return replace(old, module_metadata=new.module_metadata, module_streams=new.module_streams), [reason]
    lost: list[str] = []
    kept: list[ModuleMetadata] = []
    for one in old.module_metadata:
        now = fresh.pop(one.repoid, one)
        gone = now.checksum != one.checksum and not obtainable(one)
        if gone:
            lost.append(f"repo {one.repoid}: the modules.yaml that was locked is not to be had any more")
        kept.append(now if gone else one)
    required = new.module_streams if lost else old.module_streams
    return replace(old, module_metadata=(*kept, *fresh.values()), module_streams=required), lost
