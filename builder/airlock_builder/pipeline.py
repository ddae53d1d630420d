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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock_builder.workbench import PER_HOST as PER_HOST
from airlock_builder.workbench import Workbench as Workbench
from airlock_builder.workbench import workbench as workbench
from airlock_core.errors import InputError, MachineError, raise_all
from airlock_core.progress import Progress, silent

if TYPE_CHECKING:
    from airlock_builder.audit.inspect import Inventory
    from airlock_builder.audit.used_images import Survey
    from airlock_builder.audit.verify import Verified
    from airlock_builder.fetch import Fetched
    from airlock_builder.lock.release import Locked as Locked
    from airlock_builder.manifest.lint import Findings
    from airlock_builder.manifest.model import Manifest
    from airlock_builder.manifest.needs import Space
    from airlock_builder.manifest.plan import Plan
    from airlock_builder.master import Mastered
    from airlock_builder.shipping.dock import Dock
    from airlock_builder.shipping.pull import Pulled
    from airlock_builder.shipping.push import Pushed
    from airlock_builder.store import Store
    from airlock_core.imageref import ImageRef
    from airlock_core.locks import ReleaseLocks
    from airlock_core.nevra import Nevra


def load(path: Path) -> Manifest:
    """Read a manifest with all that it extends and includes.

    Raises:
        InputError, Faults: all that is wrong with it.
    """
    from airlock_builder.manifest.load import load

    return load(path)


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
    from airlock_builder.lock.release import lock

    return lock(manifest, bench, folder, update=update, allow_rollback=allow_rollback)


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
    from airlock_builder.lock.release import closed_set

    return closed_set(manifest, bench, requests, note)


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
            images = len({one.use.image for one in unlocked})
            head = f"{images} images are used" if images > 1 else "an image is used"
            raise_all(f"{head} that no lock holds", [one.fault() for one in unlocked])
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


def push(
    manifest: Manifest,
    path: Path,
    locks: ReleaseLocks,
    isos: Sequence[Path],
    target: ImageRef,
    dock: Dock,
    *,
    part_size: int,
    force: bool = False,
    allow_rollback: bool = False,
) -> Pushed:
    """Bring a release into a registry: locks, the manifest's files, and ISOs with their documents.

    Args:
        path: the manifest's file.
        target: a repository; without a tag that of the release is taken.
        part_size: bytes of a part of an ISO at the most.
        force: let a tag move that is there with other content.
        allow_rollback: push it though the registry has a newer one.

    Raises:
        InputError, VerificationError, UpstreamError, Faults: of what is at hand, and of the registry.
    """
    from airlock_builder.manifest import documents
    from airlock_builder.shipping import contents
    from airlock_builder.shipping.artifact import tag_of
    from airlock_builder.shipping.contents import Piece
    from airlock_builder.shipping.push import Shipment, push

    about = manifest.metadata

    def gather() -> list[Piece]:
        pieces = [*contents.of_locks(locks.texts()), *contents.of_manifest(documents.files(path))]
        for iso in isos:
            pieces += contents.of_iso(iso, part_size, alone=len(isos) == 1, tell=dock.progress)
        return pieces

    shipment = Shipment(about.name, about.version, about.number, gather)
    tag = target.tag or tag_of(about.version, about.number)
    return push(shipment, replace(target, tag=tag), dock, force=force, allow_rollback=allow_rollback)


def pull(ref: ImageRef, folder: Path, dock: Dock, *, with_iso: bool = True, force: bool = False) -> Pulled:
    """Bring a release from a registry into a folder, verified.

    Args:
        with_iso: without it documents and locks alone.
        force: put the files in place of others of their names.

    Raises:
        InputError, VerificationError, UpstreamError, MachineError, HeldError, Faults: as :func:`shipping.pull.pull`.
    """
    from airlock_builder.shipping.pull import pull

    return pull(ref, folder, dock, with_iso=with_iso, force=force)
