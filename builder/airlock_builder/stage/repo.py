"""The local yum repo: locked packages in Rocky's own layout, and metadata made afresh over them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import PurePosixPath

from airlock_builder import updateinfo
from airlock_builder.stage import comps, modules, repodata
from airlock_builder.stage.inputs import StoreView
from airlock_builder.stage.written import Staging
from airlock_core import compression, digest, media
from airlock_core.locks.rpms import LockedRpm, ModuleMetadata, RpmsLock
from airlock_core.progress import Progress
from airlock_core.tree import MediaFile

_MAX_DOCUMENT = 256 << 20


def sources(rpms: RpmsLock, view: StoreView, staging: Staging, *, epoch: int, tell: Progress) -> Iterator[MediaFile]:
    """``Source/Packages`` and ``Source/repodata``: a repo of its own, so that installations pass it over.

    Raises:
        VerificationError: a package that cannot be read.
    """
    packages = [_package(package, view, media.SOURCE_PACKAGES) for package in sorted(rpms.sources)]
    yield from packages
    cache, folder = view.metadata / "repodata", media.SOURCE_REPODATA
    yield from repodata.generate(packages, {}, staging, folder=folder, cache=cache, epoch=epoch, tell=tell)


def repository(rpms: RpmsLock, view: StoreView, staging: Staging, *, epoch: int, tell: Progress) -> Iterator[MediaFile]:
    """``BaseOS/Packages`` and ``BaseOS/repodata``.

    Raises:
        VerificationError: a package that cannot be read, or a damaged document.
    """
    packages = [_package(package, view, media.PACKAGES) for package in sorted(rpms.packages)]
    yield from packages
    extras = {"group": _comps(rpms, view), "modules": _modules(rpms, view), "updateinfo": _advisories(rpms, view)}
    cache, folder = view.metadata / "repodata", media.REPODATA
    yield from repodata.generate(packages, extras, staging, folder=folder, cache=cache, epoch=epoch, tell=tell)


def _package(package: LockedRpm, view: StoreView, folder: PurePosixPath) -> MediaFile:
    source = view.path(package.checksum)
    sha256 = package.checksum if package.checksum.algorithm == "sha256" else digest.of_file(source)
    return MediaFile(media.package_place(folder, package.filename), source, sha256, package.size)


def _comps(rpms: RpmsLock, view: StoreView) -> bytes:
    documents = [(repo.comps.url, _document(repo.comps, view)) for repo in sorted(rpms.repos) if repo.comps]
    names = frozenset(package.name for package in rpms.packages)
    return comps.merged(documents, names) if documents else b""


def _modules(rpms: RpmsLock, view: StoreView) -> bytes:
    found = sorted({metadata for arch in rpms.arches for metadata in arch.module_metadata})
    documents = [(metadata.url, _document(metadata, view)) for metadata in found]
    required = {stream for arch in rpms.arches for stream in arch.module_streams}
    return modules.restricted(documents, rpms.packages, required)


def _advisories(rpms: RpmsLock, view: StoreView) -> bytes:
    """What the locked updateinfo.xml say of packages on the medium, so that ``dnf updateinfo`` works at the site."""
    found = sorted(repo.updateinfo for repo in rpms.repos if repo.updateinfo)
    documents = ((one.url, io.BytesIO(view.read(one.checksum))) for one in found)
    return updateinfo.restricted(documents, {(package.name, package.arch) for package in rpms.packages})


def _document(metadata: ModuleMetadata, view: StoreView) -> bytes:
    return compression.unpacked(view.read(metadata.checksum), limit=_MAX_DOCUMENT, where=metadata.url)
