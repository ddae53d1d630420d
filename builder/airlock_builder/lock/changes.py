"""What differs between two sets of locks, for `lock --check` and for what `lock` says that it wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from airlock_core.locks import LockedRpm, ReleaseLocks


@dataclass(frozen=True, order=True)
class Change:
    """One entry that is only in one of two locks, or differs.

    Args:
        lock: the lock's file name.
        entry: what identifies the entry in it, such as ``chrony.x86_64``.
        old, new: what it was and is; None where it is absent.
    """

    lock: str
    entry: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.lock}: + {self.entry} {self.new}"
        if self.new is None:
            return f"{self.lock}: - {self.entry} {self.old}"
        return f"{self.lock}: {self.entry} {self.old} → {self.new}"


def changes(old: ReleaseLocks, new: ReleaseLocks) -> tuple[Change, ...]:
    """Every difference in what would be fetched, sorted; a newer repomd alone is none."""
    return tuple(sorted(_changes(old, new)))


def settled(old: ReleaseLocks, new: ReleaseLocks) -> ReleaseLocks:
    """The new locks, with the old record of the repos kept where no package differs.

    A repo's metadata changes daily while the packages that a release takes from it stay; a lock that moved with it
    would be a change that says nothing.
    """
    bare_old, bare_new = replace(old.rpms, repos=()), replace(new.rpms, repos=())
    same_content = bare_old.to_data() == bare_new.to_data()
    same_repos = [repo.id for repo in old.rpms.repos] == [repo.id for repo in new.rpms.repos]
    return replace(new, rpms=old.rpms) if same_content and same_repos else new


def _changes(old: ReleaseLocks, new: ReleaseLocks) -> Iterator[Change]:
    for lock, before, after in zip(_NAMES, _entries(old), _entries(new), strict=True):
        for entry in before.keys() | after.keys():
            if before.get(entry) != after.get(entry):
                yield Change(lock, entry, before.get(entry), after.get(entry))


_NAMES = ("rpms.lock", "images.lock", "charts.lock", "files.lock")


def _entries(locks: ReleaseLocks) -> tuple[Mapping[str, str], ...]:
    rpms = {
        f"{rpm.name}.{rpm.arch}": f"{rpm.evr} from {rpm.repoid} ({_facts(rpm.checksum.short, _signer(rpm))})"
        + "".join(f" for {option}" for option in rpm.options)
        for rpm in locks.rpms.packages
    }
    images = {
        f"{image.ref.name}:{image.tag or ''}": f"{image.digest} ({_facts(*image.platforms, *image.options)})"
        for image in locks.images.images
    }
    charts = {
        f"{chart.repository}/{chart.name}": f"{chart.version} ({_facts(chart.digest.short, *chart.options)})"
        for chart in locks.charts.charts
    }
    files = {
        f"{file.kind} {file.filename}": f"({_facts(file.checksum.short, *file.options)}) from {file.download_url}"
        for file in locks.files.files
    }
    return rpms, images, charts, files


def _signer(rpm: LockedRpm) -> str:
    return f"signed by {rpm.signer}" if rpm.signer else f"unsigned: {rpm.unsigned or 'no reason given'}"


def _facts(*facts: str | None) -> str:
    return ", ".join(fact for fact in facts if fact)
