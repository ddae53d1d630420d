"""All locks of a release at once: what its manifest resolves to now, beside the locks that stand."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_builder.workbench import Workbench
from airlock_core.errors import AirlockError, Attempts, UpstreamError, raise_all
from airlock_core.values import Value

if TYPE_CHECKING:
    from airlock_builder.lock.keeping import Keeping
    from airlock_builder.manifest.kspackages import KickstartPackages
    from airlock_builder.manifest.model import Manifest, Rpms
    from airlock_core.compare import Difference, Reason
    from airlock_core.compare.rpms import Pair
    from airlock_core.locks import ChartsLock, FilesLock, ImagesLock, LockedFile, ModuleMetadata, ReleaseLocks, RpmsLock
    from airlock_core.nevra import Nevra


class Locked(Value):
    """A fresh resolution beside what stands in the folder of the locks.

    Args:
        changes: how the content differs, in the order of reading.
        stale: names of the lock files that do not say what they would now.
        notes: what is worth knowing and no fault.
        first: no lock stood there before.
        missing: names of locks that were not there, where others were.
        taken: files for whose digests nobody vouches and that no lock had before.
    """

    folder: Path
    locks: ReleaseLocks
    changes: tuple[Difference, ...]
    stale: tuple[str, ...]
    notes: tuple[str, ...]
    first: bool
    missing: tuple[str, ...] = ()
    taken: tuple[LockedFile, ...] = ()


def lock(
    manifest: Manifest, bench: Workbench, folder: Path, *, update: Sequence[str], allow_rollback: Collection[str]
) -> Locked:
    """Resolve all that the manifest names, and say how it differs from the locks that stand; nothing is written.

    Args:
        update: globs of what is to move; all else stays, but for what these force. None: everything is resolved anew.
        allow_rollback: ids of RPM repositories that may be older than the lock that stands saw them.

    Raises:
        InputError, VerificationError, UpstreamError, Faults: of each kind of content.
    """
    from airlock_builder.lock.changes import settled
    from airlock_builder.lock.keeping import Keeping
    from airlock_builder.manifest.placing import placed
    from airlock_core.compare import compare
    from airlock_core.locks.reading import absent, has_own, read_standing, whole

    standing = read_standing(folder)
    keeping = Keeping(standing, tuple(update))
    unmatched = keeping.unmatched()
    raise_all(f"{len(unmatched)} globs name nothing", unmatched)
    resolving = _Resolving(manifest, bench, keeping, allow_rollback)
    fresh = resolving.all()
    if resolving.faults:
        from airlock_builder.lock.rpms import vanished

        faults = placed(vanished.told(resolving.faults, standing.rpms), manifest)
        raise_all(f"{len(faults)} things could not be locked", faults)
    found = settled(standing, fresh, lambda document: _obtainable(document, bench), allow_rollback)
    changes = compare(whole(standing), whole(found.locks))
    missing = () if (first := not has_own(folder)) else absent(folder)
    if changes and not first:
        changes = _explained(manifest, bench, keeping, changes, found.locks, missing)
    notes = (*_notes(manifest, standing, fresh), *found.notes, *resolving.told())
    return Locked(
        folder, found.locks, changes, found.locks.stale(folder), notes, first, missing, _taken(standing, found.locks)
    )


def _taken(standing: ReleaseLocks, fresh: ReleaseLocks) -> tuple[LockedFile, ...]:
    known = {(file.download_url, file.checksum) for file in standing.files.files}
    found = (file for file in fresh.files.files if file.source == "taken")
    return tuple(file for file in found if (file.download_url, file.checksum) not in known)


@dataclass
class _Resolving:
    """Each kind of content resolved, with the faults of all of them; those of files come last.

    The fault that comes first gives the exit code.

    Args:
        said: what is worth knowing and no fault.
    """

    manifest: Manifest
    bench: Workbench
    keeping: Keeping
    allow_rollback: Collection[str]
    said: set[str] = field(default_factory=set)
    _parts: Attempts = field(default_factory=Attempts)
    _last: Attempts = field(default_factory=Attempts)

    @property
    def faults(self) -> list[AirlockError]:
        """All that went wrong."""
        return [*self._parts.faults, *self._last.faults]

    def all(self) -> ReleaseLocks:
        """The four locks; those of kinds that had faults are empty."""
        from airlock_core.locks import ChartsLock, ImagesLock, ReleaseLocks, RpmsLock

        early = self._files() if _in_base_iso(self.manifest) else None
        if early:
            self.bench.stand_on(early.of_kind("base"))
        return ReleaseLocks(
            rpms=self._parts.attempt(self._rpms, RpmsLock()),
            images=self._parts.attempt(self._images, ImagesLock()),
            charts=self._parts.attempt(self._charts, ChartsLock()),
            files=early or self._files(),
        )

    def told(self) -> list[str]:
        """What is worth knowing and no fault."""
        return [*sorted(self.said), *self.bench.seen.notes()]

    def _rpms(self) -> RpmsLock:
        from airlock_builder.lock.rpms.lock import lock_rpms
        from airlock_builder.lock.rpms.standing import Standing

        bench, keeping = self.bench, self.keeping
        standing = keeping.standing.rpms
        return lock_rpms(
            _rpm_content(self.manifest),
            self.manifest.platform,
            bench.repositories,
            bench.store.metadata,
            kickstarts=kickstarts_of(self.manifest),
            store=bench.store,
            standing=standing.repos,
            allow_rollback=self.allow_rollback,
            stay=None if keeping.everything_moves else Standing(standing, keeping.rpm_moves, self.said.add),
            jobs=bench.jobs,
            progress=bench.progress,
            note=self.said.add,
        )

    def _images(self) -> ImagesLock:
        from airlock_builder.lock.images import lock_images, wants_attached

        bench = self.bench
        return lock_images(
            self.manifest,
            bench.registry,
            bench.store,
            attachments=bench.attachments if wants_attached(self.manifest) else None,
            keeping=self.keeping,
            progress=bench.progress,
            note=self.said.add,
        )

    def _charts(self) -> ChartsLock:
        from airlock_builder.lock.charts import lock_charts

        bench = self.bench
        return lock_charts(
            self.manifest,
            bench.http,
            bench.charts,
            bench.store,
            keeping=self.keeping,
            progress=bench.progress,
            note=self.said.add,
        )

    def _files(self) -> FilesLock:
        from airlock_builder.lock.files import lock_files
        from airlock_core.locks import FilesLock

        bench = self.bench

        def work() -> FilesLock:
            return lock_files(
                self.manifest,
                bench.http,
                bench.index,
                bench.store,
                keeping=self.keeping,
                progress=bench.progress,
                note=self.said.add,
            )

        return self._last.attempt(work, FilesLock())


def _explained(
    manifest: Manifest,
    bench: Workbench,
    keeping: Keeping,
    changes: tuple[Difference, ...],
    fresh: ReleaseLocks,
    missing: Collection[str],
) -> tuple[Difference, ...]:
    """The changes with their reasons."""
    from airlock_builder.lock.reasons.explain import explained

    old, new = keeping.standing.rpms, fresh.rpms

    def of_rpms() -> Mapping[Pair, Reason]:
        from airlock_builder.lock.rpms.tracing.causes import causes
        from airlock_builder.manifest.placing import place_in

        return causes(
            _rpm_content(manifest),
            manifest.platform,
            bench.repositories,
            bench.store.metadata,
            old,
            new,
            place=lambda where: place_in(where, manifest),
            kickstarts=kickstarts_of(manifest),
            named=None if keeping.everything_moves else keeping.rpm_moves,
        )

    return explained(changes, manifest, old, new, of_rpms, files=fresh.files, missing=missing)


def _notes(manifest: Manifest, standing: ReleaseLocks, fresh: ReleaseLocks) -> tuple[str, ...]:
    """What is worth knowing of repositories, their keys and what is excused."""
    from airlock_builder.lock.rpms.metadata import rollback
    from airlock_builder.lock.rpms.signing import excuses, keys

    parts = [content.rpms for _, content in manifest.contents()]
    repos = [repo for part in parts for repo in part.repos]
    return (
        *rollback.notes(standing.rpms.repos, fresh.rpms.repos),
        *keys.notes(repos, major=manifest.platform.major, now=int(time.time())),
        *excuses.idle(parts, fresh.rpms),
    )


def _obtainable(document: ModuleMetadata, bench: Workbench) -> bool:
    """Whether a locked document of a repository can still be had: here, or from one of its mirrors."""
    from airlock_builder.remote.failures import is_absent

    kept = bench.store.metadata / document.checksum.algorithm / document.checksum.hex
    if bench.http.offline or kept.is_file() or bench.store.has(document.checksum, document.size):
        return True
    try:
        bench.repositories.size(document.repoid, document.url)
    except UpstreamError as fault:
        return not is_absent(fault)
    return True


def closed_set(
    manifest: Manifest, bench: Workbench, requests: Sequence[str], note: Callable[[str], None]
) -> Sequence[tuple[Nevra, str]]:
    """The packages that the manifest (or some requests) close to, with their repos, from metadata alone.

    Args:
        note: told what is worth knowing and no fault.

    Raises:
        InputError, VerificationError, UpstreamError, Faults: as :func:`lock`.
    """
    from airlock_builder.manifest.placing import placed

    parts = Attempts()
    closed: Sequence[tuple[Nevra, str]] = parts.attempt(lambda: _closed_set(manifest, bench, requests, note), [])
    raise_all(f"{len(parts.faults)} requests cannot be met", placed(parts.faults, manifest))
    return closed


def _closed_set(
    manifest: Manifest, bench: Workbench, requests: Sequence[str], note: Callable[[str], None]
) -> Sequence[tuple[Nevra, str]]:
    from airlock_builder.lock.rpms.closed import closed_set

    if _in_base_iso(manifest):
        from airlock_builder.lock.files import lock_base

        bench.stand_on(lock_base(manifest, bench.http, bench.store, progress=bench.progress, note=note))
    return closed_set(
        _rpm_content(manifest),
        manifest.platform,
        bench.repositories,
        bench.store.metadata,
        kickstarts=() if requests else kickstarts_of(manifest),
        requests=requests or None,
        note=note,
    )


def _in_base_iso(manifest: Manifest) -> bool:
    """Whether some repository stands in the base ISO, which must be known first then."""
    return any(repo.base_iso for _, content in manifest.contents() for repo in content.rpms.repos)


def _rpm_content(manifest: Manifest) -> list[tuple[str | None, Rpms]]:
    return [(option, content.rpms) for option, content in manifest.contents()]


def kickstarts_of(manifest: Manifest) -> tuple[KickstartPackages, ...]:
    """What the kickstarts install; without any their parser is not needed."""
    if not (manifest.kickstart.deployer or manifest.kickstart.node):
        return ()
    from airlock_builder.manifest.ksparse import requested

    return requested(manifest)
