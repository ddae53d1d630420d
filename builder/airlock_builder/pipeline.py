"""The way of the data: manifest ──lock──> locks ──fetch──> store ──stage──> media tree ──master──> ISO ──verify.

Each function is one arrow. Nothing after ``lock`` resolves a name or a tag again; nothing after ``fetch`` touches the
network.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.audit.inspect import inspect
from airlock_builder.audit.verify import verify
from airlock_builder.fetch import Fetched
from airlock_builder.fetch import fetch as fetch_locked
from airlock_builder.lock.changes import Change, changes, settled
from airlock_builder.lock.charts import lock_charts
from airlock_builder.lock.files import lock_files
from airlock_builder.lock.images import lock_images
from airlock_builder.lock.rpms import closed_set as closed_packages
from airlock_builder.lock.rpms import lock_rpms
from airlock_builder.manifest.ksparse import requested
from airlock_builder.manifest.lint import lint
from airlock_builder.manifest.load import load
from airlock_builder.manifest.model import Manifest, Rpms, schema
from airlock_builder.manifest.placing import placed
from airlock_builder.manifest.plan import Plan, plan
from airlock_builder.master import Mastered, master_reserved, reserve
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.index import PackageIndex
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_builder.stage import stage
from airlock_builder.store import Store
from airlock_core.errors import Attempts, InputError, OutdatedError, raise_all
from airlock_core.locks import ChartsLock, FilesLock, ImagesLock, ReleaseLocks, RpmsLock
from airlock_core.nevra import Nevra
from airlock_core.progress import Progress, silent
from airlock_core.signatures import Keyring

__all__ = [
    "Built",
    "Fetched",
    "Locked",
    "Workbench",
    "build_iso",
    "check",
    "closed_set",
    "fetch",
    "inspect",
    "lint",
    "load",
    "lock",
    "locks_folder",
    "options_of",
    "plan_build",
    "read_locks",
    "schema",
    "verify",
    "workbench",
    "write",
]

_SHOWN_CHANGES = 20
Built = Mastered


@dataclass(frozen=True)
class Workbench:
    """What lock and fetch work with: the store, and the ways to every kind of upstream.

    Args:
        jobs: transfers at once.
        progress: where steps are told.
    """

    store: Store
    http: HttpClient
    registry: Registry
    charts: ChartsOci
    index: PackageIndex
    jobs: int
    progress: Progress


@dataclass(frozen=True)
class Locked:
    """A fresh resolution beside what stands in the folder of the locks."""

    folder: Path
    locks: ReleaseLocks
    changes: tuple[Change, ...]


@contextlib.contextmanager
def workbench(
    manifest: Manifest,
    store: Store,
    mirrors: Mapping[str, str],
    *,
    offline: bool = False,
    jobs: int = 4,
    progress: Progress = silent,
) -> Iterator[Workbench]:
    """Open the ways to the upstreams of a manifest, and close them.

    Args:
        mirrors: ``HOST`` → ``HOST:PORT``.
        offline: refuse every request to a network.
    """
    ways = Mirrors(dict(mirrors))
    insecure = {host for _, content in manifest.contents() for host in content.images.insecure}
    with HttpClient(ways, offline=offline) as http:
        yield Workbench(
            store=store,
            http=http,
            registry=Registry(ways, insecure, offline=offline),
            charts=ChartsOci(ways, insecure, offline=offline),
            index=PackageIndex(ways, offline=offline, cache=store.metadata / "pip"),
            jobs=jobs,
            progress=progress,
        )


def locks_folder(manifest: Manifest, manifest_path: Path) -> Path:
    """Where a manifest's locks stand: its key ``locks``, else ``locks/<name>/`` beside it."""
    return manifest.locks or manifest_path.parent / "locks" / manifest.metadata.name


def plan_build(manifest: Manifest, folder: Path) -> Plan:
    """What a build will need; sizes are known where there are locks."""
    return plan(manifest, read_locks(folder) if has_locks(folder) else None)


def has_locks(folder: Path) -> bool:
    """Whether a folder holds any lock."""
    return any(folder.glob("*.lock"))


def read_locks(folder: Path) -> ReleaseLocks:
    """Read the four locks.

    Raises:
        InputError, Faults: one is missing, or not of its format.
    """
    return ReleaseLocks.load(folder)


def lock(manifest: Manifest, bench: Workbench, folder: Path) -> Locked:
    """Resolve all that the manifest names, and say how it differs from the locks that stand; nothing is written.

    Raises:
        InputError, VerificationError, UpstreamError, Faults: of each kind of content.
    """
    parts = Attempts()
    fresh = ReleaseLocks(
        rpms=parts.attempt(lambda: _lock_rpms(manifest, bench), RpmsLock()),
        images=parts.attempt(lambda: lock_images(manifest, bench.registry, progress=bench.progress), ImagesLock()),
        charts=parts.attempt(
            lambda: lock_charts(manifest, bench.http, bench.charts, bench.store, progress=bench.progress), ChartsLock()
        ),
        files=parts.attempt(
            lambda: lock_files(manifest, bench.http, bench.index, bench.store, progress=bench.progress), FilesLock()
        ),
    )
    raise_all(f"{len(parts.faults)} things could not be locked", placed(parts.faults, manifest))
    standing = read_locks(folder) if has_locks(folder) else ReleaseLocks()
    settled_locks = settled(standing, fresh)
    return Locked(folder, settled_locks, changes(standing, settled_locks))


def _lock_rpms(manifest: Manifest, bench: Workbench) -> RpmsLock:
    return lock_rpms(
        _rpm_content(manifest),
        manifest.platform,
        bench.http,
        bench.store.metadata,
        kickstart_packages=requested(manifest),
        jobs=bench.jobs,
        progress=bench.progress,
    )


def write(locked: Locked) -> list[str]:
    """Write the locks that changed; their names."""
    return locked.locks.write(locked.folder)


def check(locked: Locked) -> None:
    """Compare a fresh resolution with the locks that stand.

    Raises:
        OutdatedError: they differ; each difference is named.
    """
    standing = read_locks(locked.folder)
    if standing.texts() == locked.locks.texts():
        return
    shown = [str(change) for change in locked.changes[:_SHOWN_CHANGES]]
    more = len(locked.changes) - len(shown)
    reasons = [*shown, *([f"… and {more} more"] if more > 0 else [])] or ["only facts beside the content differ"]
    raise OutdatedError(
        "the locks do not say what the manifest now resolves to",
        where=str(locked.folder),
        why="\n       ".join(reasons),
        todo="run `airlock lock`, read its changes, and commit them",
    )


def closed_set(manifest: Manifest, bench: Workbench, requests: Sequence[str]) -> Sequence[tuple[Nevra, str]]:
    """The packages that the manifest (or some requests) close to, with their repos, from metadata alone.

    Raises:
        InputError, VerificationError, UpstreamError, Faults: as :func:`lock`.
    """
    parts = Attempts()
    closed: Sequence[tuple[Nevra, str]] = parts.attempt(lambda: _closed_set(manifest, bench, requests), [])
    raise_all(f"{len(parts.faults)} requests cannot be met", placed(parts.faults, manifest))
    return closed


def _closed_set(manifest: Manifest, bench: Workbench, requests: Sequence[str]) -> Sequence[tuple[Nevra, str]]:
    return closed_packages(
        _rpm_content(manifest),
        manifest.platform,
        bench.http,
        bench.store.metadata,
        kickstart_packages=requested(manifest),
        requests=requests or None,
    )


def _rpm_content(manifest: Manifest) -> list[tuple[str | None, Rpms]]:
    return [(option, content.rpms) for option, content in manifest.contents()]


def fetch(manifest: Manifest, locks: ReleaseLocks, bench: Workbench, *, verify: bool = False) -> Fetched:
    """Bring all that is locked into the store, verified.

    Args:
        verify: read what is there already too, and fetch anew what is damaged.
    """
    return fetch_locked(
        locks,
        bench.store,
        bench.http,
        bench.registry,
        bench.charts,
        keys=Keyring.load(gpg_keys(manifest)),
        jobs=bench.jobs,
        progress=bench.progress,
        verify=verify,
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


def build_iso(
    manifest: Manifest,
    locks: ReleaseLocks,
    store: Store,
    output: Path,
    options: Collection[str] = (),
    progress: Progress = silent,
) -> Built:
    """Stage from locks and store alone, and master the ISO.

    Raises:
        InputError: what is locked is not in the store.
        VerificationError, MachineError, HeldError: of staging and mastering.
    """
    folder = output.absolute().with_name(f".{output.name}.staging")
    with reserve(output):
        shutil.rmtree(folder, ignore_errors=True)  # left by a run that was killed
        folder.mkdir()
        try:
            staged = stage(manifest, locks, store, folder, options, tell=progress)
            return master_reserved(staged, output, tell=progress)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
