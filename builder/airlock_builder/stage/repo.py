"""The local yum repo: locked packages in Rocky's own layout, and metadata made afresh over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from airlock_builder import compression
from airlock_builder.stage import comps, modules, repodata
from airlock_builder.stage.inputs import StoreView
from airlock_builder.stage.written import Staging
from airlock_core import digest, media
from airlock_core.locks.rpms import LockedRpm, ModuleMetadata, RpmsLock
from airlock_core.progress import Progress
from airlock_core.tree import MediaFile

_MAX_DOCUMENT = 256 << 20


def repository(rpms: RpmsLock, view: StoreView, staging: Staging, *, epoch: int, tell: Progress) -> Iterator[MediaFile]:
    """``BaseOS/Packages`` and ``BaseOS/repodata``.

    Raises:
        VerificationError: a package that cannot be read, or a damaged document.
    """
    packages = [_package(package, view) for package in sorted(rpms.packages)]
    yield from packages
    extras = {"group": _comps(rpms, view), "modules": _modules(rpms, view)}
    metadata = repodata.generate(packages, extras, cache=view.metadata / "repodata", epoch=epoch, tell=tell)
    for name, data in metadata.items():
        yield staging.add(media.REPODATA / name, data)


def place(filename: str) -> PurePosixPath:
    """Where a package stands: by the first letter of its name in lower case, as on Rocky's media."""
    name = media.safe_relative(unquote(filename), where="rpms.lock")
    return media.PACKAGES / name.name[0].lower() / name.name


def _package(package: LockedRpm, view: StoreView) -> MediaFile:
    source = view.path(package.checksum)
    sha256 = package.checksum if package.checksum.algorithm == "sha256" else digest.of_file(source)
    return MediaFile(place(package.filename), source, sha256, package.size)


def _comps(rpms: RpmsLock, view: StoreView) -> bytes:
    documents = [(repo.comps.url, _document(repo.comps, view)) for repo in sorted(rpms.repos) if repo.comps]
    names = frozenset(package.name for package in rpms.packages)
    return comps.merged(documents, names) if documents else b""


def _modules(rpms: RpmsLock, view: StoreView) -> bytes:
    found = sorted({metadata for arch in rpms.arches for metadata in arch.module_metadata})
    documents = [(metadata.url, _document(metadata, view)) for metadata in found]
    streams = frozenset(package.module for package in rpms.packages if package.module)
    return modules.restricted(documents, streams)


def _document(metadata: ModuleMetadata, view: StoreView) -> bytes:
    return compression.unpacked(view.read(metadata.checksum), limit=_MAX_DOCUMENT, where=metadata.url)
