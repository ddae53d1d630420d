"""The way of the data: manifest ──lock──> locks ──fetch──> store ──stage──> media tree ──master──> ISO ──verify.

Each function is one arrow. Nothing after ``lock`` resolves a name or a tag again; nothing after ``fetch`` touches the
network.

An arrow imports its own machinery when it is drawn, so that no command waits for another's libraries.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock_builder.workbench import PER_HOST as PER_HOST
from airlock_builder.workbench import Workbench as Workbench
from airlock_builder.workbench import workbench as workbench
from airlock_core.errors import Attempts, InputError, MachineError, UpstreamError, raise_all
from airlock_core.progress import Progress, silent

if TYPE_CHECKING:
    from airlock_builder.audit.inspect import Inventory
    from airlock_builder.audit.used_images import Survey
    from airlock_builder.audit.verify import Verified
    from airlock_builder.fetch import Fetched
    from airlock_builder.lock.keeping import Keeping
    from airlock_builder.manifest.kspackages import KickstartPackages
    from airlock_builder.manifest.lint import Findings
    from airlock_builder.manifest.model import Manifest, Rpms
    from airlock_builder.manifest.needs import Space
    from airlock_builder.manifest.plan import Plan
    from airlock_builder.master import Mastered
    from airlock_builder.store import Store
    from airlock_core.compare import Difference, Reason
    from airlock_core.compare.rpms import Pair
    from airlock_core.locks import ModuleMetadata, ReleaseLocks, RpmsLock
    from airlock_core.nevra import Nevra


@dataclass(frozen=True)
class Locked:
    """A fresh resolution beside what stands in the folder of the locks.

    Args:
        changes: how the content differs, in the order of reading.
        stale: names of the lock files that do not say what they would now.
        notes: what is worth knowing and no fault.
        first: no lock stood there before.
        missing: names of locks that were not there, where others were.
    """

    folder: Path
    locks: ReleaseLocks
    changes: tuple[Difference, ...]
    stale: tuple[str, ...]
    notes: tuple[str, ...]
    first: bool
    missing: tuple[str, ...] = ()


def load(path: Path, store: Path | None = None) -> Manifest:
    """Read a manifest with all that it extends and includes.

    Args:
        store: root of the store, which knows the manifests that were found sound; None: it is checked anew.

    Raises:
        InputError, Faults: all that is wrong with it.
    """
    from airlock_builder.manifest.load import load

    return load(path, store / "metadata" / "manifests" if store else None)


def lint(manifest: Manifest) -> Findings:
    """Look at the meaning of manifest and kickstarts, and at the keys that it lists."""
    from airlock_builder.manifest.lint import lint

    found = lint(manifest)
    return found if found.faults else found._replace(warnings=(*found.warnings, *_key_warnings(manifest)))


def _key_warnings(manifest: Manifest) -> Iterator[InputError]:
    """What `lock` will say of the keys; nothing where gpg, which reads them, is not on this machine."""
    from airlock_builder.lock.rpms.signing import keys

    repos = [repo for _, content in manifest.contents() for repo in content.rpms.repos]
    with contextlib.suppress(MachineError):
        for note in keys.notes(repos, major=manifest.platform.major, now=int(time.time())):
            yield InputError(note, where=manifest.place("rpms", "repos"), todo=keys.TODO)


def schema() -> dict[str, Any]:
    """JSON Schema of the manifest."""
    from airlock_builder.manifest.checking import schema

    return schema()


def locks_folder(manifest: Manifest, manifest_path: Path) -> Path:
    """Where a manifest's locks stand: its key ``locks``, else ``locks/<name>/`` beside it."""
    return manifest.locks or manifest_path.parent / "locks" / manifest.metadata.name


def plan_build(
    manifest: Manifest,
    folder: Path,
    store: Store,
    output: Path,
    *,
    mirrors: Mapping[str, str],
    rate: int | None = None,
) -> Plan:
    """What a build will need; sizes are known where there are locks. No network is asked.

    Args:
        folder: of the locks.
        output: where the ISO will be written.
        mirrors: ``HOST`` → ``HOST:PORT``.
        rate: bytes a second that the network gives, where that is known.
    """
    from airlock_builder.fetch.images import known_layers
    from airlock_builder.manifest.needs import Sources, items, output_size
    from airlock_builder.manifest.plan import plan
    from airlock_builder.remote import isofiles, local
    from airlock_builder.remote.mirrors import Mirrors

    ways = Mirrors(dict(mirrors))
    known = Sources(
        host=lambda url: "" if isofiles.is_within(url) or local.is_local(url) else ways.host(url),
        image_host=lambda image: "" if image.archive else ways.image(image.ref),
        has=store.has,
        begun=store.begun,
        layers=lambda image: known_layers(image, store),
    )
    locks = read_locks(folder) if has_locks(folder) else None
    found = items(locks, known) if locks else []
    needed = (sum(item.lacking for item in found), output_size(found)) if locks else (None, None)
    places = ((("store", store.root), ("output", output.absolute().parent)), needed)
    spaces = [_space(what, path, size) for (what, path), size in zip(*places, strict=True)]
    return plan(manifest, locks, found, spaces, rate)


def _space(what: str, path: Path, needed: int | None) -> Space:
    from airlock_builder.manifest.needs import Space

    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    return Space(what, path, needed, shutil.disk_usage(existing).free, existing.stat().st_dev)


def has_locks(folder: Path) -> bool:
    """Whether a folder holds any lock."""
    from airlock_core.locks.reading import has_own

    return has_own(folder)


def read_locks(folder: Path) -> ReleaseLocks:
    """Read the four locks; where there is none, those by other tools' names.

    Raises:
        InputError, Faults: one is missing, not of its format, or has entries without a digest.
    """
    from airlock_core.locks.reading import pinned, read_folder

    return pinned(read_folder(folder), folder)


def lock(
    manifest: Manifest,
    bench: Workbench,
    folder: Path,
    *,
    update: Sequence[str] = (),
    allow_rollback: Collection[str] = (),
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
    from airlock_core.locks.reading import absent, read_standing, whole

    standing = read_standing(folder)
    keeping = Keeping(standing, tuple(update))
    unmatched = keeping.unmatched()
    raise_all(f"{len(unmatched)} globs name nothing", unmatched)
    parts = Attempts()
    said: set[str] = set()
    fresh = _fresh(manifest, bench, keeping, allow_rollback, parts, said)
    raise_all(f"{len(parts.faults)} things could not be locked", placed(parts.faults, manifest))
    found = settled(standing, fresh, lambda document: _obtainable(document, bench))
    changes = compare(whole(standing), whole(found.locks))
    missing = () if (first := not has_locks(folder)) else absent(folder)
    if changes and not first:
        changes = _explained(manifest, bench, keeping, changes, found.locks, missing)
    notes = (*_notes(manifest, standing, fresh), *found.notes, *sorted(said))
    return Locked(folder, found.locks, changes, found.locks.stale(folder), notes, first, missing)


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

    return explained(changes, manifest, old, new, of_rpms, missing=missing)


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


def _fresh(
    manifest: Manifest,
    bench: Workbench,
    keeping: Keeping,
    allow_rollback: Collection[str],
    parts: Attempts,
    said: set[str],
) -> ReleaseLocks:
    from airlock_builder.lock.charts import lock_charts
    from airlock_builder.lock.files import lock_files
    from airlock_builder.lock.images import lock_images
    from airlock_core.locks import ChartsLock, FilesLock, ImagesLock, ReleaseLocks, RpmsLock

    last = Attempts()  # told last: the fault that comes first gives the exit code

    def files() -> FilesLock:
        work = partial(lock_files, manifest, bench.http, bench.index, bench.store)
        return last.attempt(lambda: work(keeping=keeping, progress=bench.progress), FilesLock())

    early = files() if _in_base_iso(manifest) else None
    if early:
        bench.stand_on(early.of_kind("base"))
    fresh = ReleaseLocks(
        rpms=parts.attempt(lambda: _lock_rpms(manifest, bench, keeping, allow_rollback, said), RpmsLock()),
        images=parts.attempt(
            lambda: lock_images(manifest, bench.registry, bench.store, keeping=keeping, progress=bench.progress),
            ImagesLock(),
        ),
        charts=parts.attempt(
            lambda: lock_charts(
                manifest,
                bench.http,
                bench.charts,
                bench.store,
                keeping=keeping,
                progress=bench.progress,
                note=said.add,
            ),
            ChartsLock(),
        ),
        files=early or files(),
    )
    parts.faults += last.faults
    return fresh


def _in_base_iso(manifest: Manifest) -> bool:
    """Whether some repository stands in the base ISO, which must be known first then."""
    return any(repo.base_iso for _, content in manifest.contents() for repo in content.rpms.repos)


def _lock_rpms(
    manifest: Manifest, bench: Workbench, keeping: Keeping, allow_rollback: Collection[str], said: set[str]
) -> RpmsLock:
    from airlock_builder.lock.rpms.lock import lock_rpms
    from airlock_builder.lock.rpms.standing import Standing

    standing = keeping.standing.rpms
    return lock_rpms(
        _rpm_content(manifest),
        manifest.platform,
        bench.repositories,
        bench.store.metadata,
        kickstarts=kickstarts_of(manifest),
        store=bench.store,
        standing=standing.repos,
        allow_rollback=allow_rollback,
        stay=None if keeping.everything_moves else Standing(standing, keeping.rpm_moves, said.add),
        jobs=bench.jobs,
        progress=bench.progress,
        note=said.add,
    )


def write(locked: Locked) -> list[str]:
    """Write the locks that changed; their names."""
    return locked.locks.write(locked.folder)


def export(folder: Path, target: Path) -> list[str]:
    """Write the locks of a folder under the names that other tools open; the names of the files that changed.

    Raises:
        InputError, Faults: locks that are missing or faulty, or that name what no other tool could fetch.
        MachineError: no space or no right to write.
    """
    from airlock_core.locks.export import write_exported

    return write_exported(read_locks(folder), target)


def closed_set(
    manifest: Manifest, bench: Workbench, requests: Sequence[str], note: Callable[[str], None] = lambda text: None
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

        bench.stand_on(lock_base(manifest, bench.http, bench.store, progress=bench.progress))
    return closed_set(
        _rpm_content(manifest),
        manifest.platform,
        bench.repositories,
        bench.store.metadata,
        kickstarts=() if requests else kickstarts_of(manifest),
        requests=requests or None,
        note=note,
    )


def _rpm_content(manifest: Manifest) -> list[tuple[str | None, Rpms]]:
    return [(option, content.rpms) for option, content in manifest.contents()]


def kickstarts_of(manifest: Manifest) -> tuple[KickstartPackages, ...]:
    """What the kickstarts install; without any their parser is not needed."""
    if not (manifest.kickstart.deployer or manifest.kickstart.node):
        return ()
    from airlock_builder.manifest.ksparse import requested

    return requested(manifest)


def fetch(manifest: Manifest, locks: ReleaseLocks, bench: Workbench, *, verify: bool = False) -> Fetched:
    """Bring all that is locked into the store, verified.

    Args:
        verify: read what is there already too, and fetch anew what is damaged.
    """
    from airlock_builder.archives.shelf import ImageArchives
    from airlock_builder.fetch import fetch
    from airlock_builder.manifest.charts import root_of
    from airlock_core.signatures import Keyring

    bench.stand_on(locks.files.of_kind("base"))
    with ImageArchives(root_of(manifest), bench.store) as archives:
        return fetch(
            locks,
            bench.store,
            bench.http,
            bench.registry,
            bench.charts,
            keys=Keyring.load(gpg_keys(manifest)),
            jobs=bench.jobs,
            progress=bench.progress,
            repositories=bench.repositories,
            root=root_of(manifest),
            verify=verify,
            advisories=manifest.rpms.advisories,
            archives=archives,
        )


def gpg_keys(manifest: Manifest) -> tuple[Path, ...]:
    """Every key file that some repo names."""
    return tuple(
        sorted({key for _, content in manifest.contents() for repo in content.rpms.repos for key in repo.gpgkey})
    )


def options_of(manifest: Manifest, chosen: Sequence[str], left_out: Sequence[str]) -> tuple[str, ...]:
    """The options that a medium carries: all, or those chosen, less those left out.

    Raises:
        InputError: the manifest has no such option.
    """
    unknown = sorted({*chosen, *left_out} - set(manifest.options))
    if unknown:
        raise InputError(
            f"no such option: {', '.join(unknown)}",
            where=manifest.place("options"),
            todo=f"it has {', '.join(sorted(manifest.options)) or 'none'}",
        )
    wanted = set(chosen) or set(manifest.options)
    return tuple(sorted(wanted - set(left_out)))


def used_images(manifest: Manifest, locks: ReleaseLocks, store: Store, options: Collection[str]) -> Survey:
    """The images that charts and Kubernetes manifests use and no lock holds, as far as the store has those.

    Args:
        options: the options that the medium carries.

    Raises:
        InputError, VerificationError: a chart, a manifest or a file of values cannot be read.
    """
    from airlock_builder.audit.used_images import survey

    return survey(manifest, locks, store, options)


def build_iso(
    manifest: Manifest,
    locks: ReleaseLocks,
    store: Store,
    output: Path,
    options: Collection[str] = (),
    progress: Progress = silent,
) -> Mastered:
    """Stage from locks and store alone, and master the ISO.

    Raises:
        InputError: what is locked is not in the store; a chart uses an image that no lock holds.
        VerificationError, MachineError, HeldError: of staging and mastering.
    """
    from airlock_builder import occupancy
    from airlock_builder.master import master_reserved, reserve
    from airlock_builder.stage import stage

    folder = output.absolute().with_name(f".{output.name}.staging")
    with reserve(output), occupancy.present(store.root, lambda: progress(occupancy.WAITING)):
        shutil.rmtree(folder, ignore_errors=True)  # left by a run that was killed
        folder.mkdir()
        try:
            unlocked = used_images(manifest, locks, store, options).unlocked
            raise_all(f"{len(unlocked)} images are used that no lock holds", [one.fault() for one in unlocked])
            staged = stage(manifest, locks, store, folder, options, tell=progress)
            return master_reserved(staged, output, tell=progress)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def verify(medium: Path, *, tell: Progress = silent) -> Verified:
    """Check every byte of a medium against its own documents.

    Raises:
        VerificationError, InputError, Faults: what is missing, altered or unlisted; no airlock medium.
    """
    from airlock_builder.audit.verify import verify

    return verify(medium, tell=tell)


def inspect(path: Path) -> Inventory:
    """Say what is on a medium or in a lock.

    Raises:
        InputError, VerificationError, Faults: it cannot be read, or is neither.
    """
    from airlock_builder.audit.inspect import inspect

    return inspect(path)
