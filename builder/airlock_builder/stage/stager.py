"""Stage a release: every file of the medium but MANIFEST, release.json and what the base ISO brings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from airlock_builder.manifest.environments import environments
from airlock_builder.manifest.model import Manifest
from airlock_builder.stage import documents, indexes, installer_archive, kickstarts, registry_tar, repo, space
from airlock_builder.stage.inputs import StoreView
from airlock_builder.stage.written import Staging
from airlock_builder.store import Store
from airlock_core import media, progress
from airlock_core.errors import InputError
from airlock_core.locks import ReleaseLocks
from airlock_core.locks.selection import counts, selected, without_advisories
from airlock_core.progress import Progress
from airlock_core.release import Release, release_epoch
from airlock_core.staged import UNKNOWN, StagedMedia
from airlock_core.tree import MediaFile, MediaTree


def stage(
    manifest: Manifest,
    locks: ReleaseLocks,
    store: Store,
    folder: Path,
    options: Collection[str] = (),
    *,
    tell: Progress = progress.silent,
) -> StagedMedia:
    """Lay out a medium from locks and store alone.

    Args:
        manifest: for names, kickstarts, keys, the order of images; nothing is resolved from it.
        locks: what the release resolved to, all options included.
        store: where every locked blob stands.
        folder: an empty folder for generated files, which must outlive mastering.
        options: the options of the manifest that this medium carries.

    Raises:
        InputError, Faults: an option that the manifest does not know; locked content that is not in the store.
        VerificationError: a document in the store is not what its lock says.
        MachineError: no space, said before the work where it is known; no right to write in ``folder``.
    """
    _check_options(manifest, options)
    chosen = selected(locks if manifest.rpms.advisories else without_advisories(locks), options)
    view = StoreView(store)
    view.require(chosen)
    space.require(chosen, view, folder)
    staging = Staging(folder)
    release = _release(manifest, locks, chosen, options)
    tree = MediaTree.of(_files(manifest, locks, chosen, release, view, staging, tell))
    first = [glob for _, content in manifest.contents() for glob in content.images.first]
    images = registry_tar.archive(chosen.images, view, epoch=release.epoch, first=first)
    return StagedMedia(tree=tree, release=release, base=view.base(chosen), composed=(images,))


def _files(
    manifest: Manifest,
    locks: ReleaseLocks,
    chosen: ReleaseLocks,
    release: Release,
    view: StoreView,
    staging: Staging,
    tell: Progress,
) -> Iterator[MediaFile]:
    if chosen.rpms.packages:
        yield from repo.repository(chosen.rpms, view, staging, epoch=release.epoch, tell=tell)
    if chosen.rpms.sources:
        yield from repo.sources(chosen.rpms, view, staging, epoch=release.epoch, tell=tell)
    yield from view.locked_files(chosen)
    wheels = chosen.files.of_kind("wheel")
    yield from indexes.simple_index(wheels, staging)
    pythons = {one.name: one.python for one in environments(manifest)}
    yield from indexes.environment_lists(wheels, pythons, staging)
    yield from indexes.collections_list(chosen.files.of_kind("collection"), staging)
    yield from documents.locks_and_keys(manifest, locks, options=release.options, staging=staging)
    yield installer_archive.archive(manifest.metadata.version, indexes.of_site(wheels), staging, epoch=release.epoch)
    for path, text in kickstarts.kickstarts(manifest).items():
        yield staging.add(path, text)


def _release(manifest: Manifest, locks: ReleaseLocks, chosen: ReleaseLocks, options: Collection[str]) -> Release:
    metadata, platform = manifest.metadata, manifest.platform
    return Release(
        name=metadata.name,
        version=metadata.version,
        number=metadata.number,
        os=platform.os,
        os_release=platform.release,
        arch=platform.arch,
        label=media.volume_label(metadata.name, metadata.version),
        epoch=release_epoch(),
        manifest=UNKNOWN,
        locks=locks.digests(),
        options=tuple(sorted(set(options))),
        counts=counts(chosen),
    )


def _check_options(manifest: Manifest, options: Collection[str]) -> None:
    for option in sorted(set(options) - set(manifest.options)):
        known = ", ".join(sorted(manifest.options)) or "none"
        raise InputError(f"the manifest has no option {option!r}", where="options", why=f"it has: {known}")
