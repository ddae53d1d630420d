"""What stage reads: locked content in the store, by digest, checked to be there before any work begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from airlock_builder.store import Store
from airlock_core import digest, media
from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.locks import LockedFile, ReleaseLocks
from airlock_core.locks.rpms import ModuleMetadata, RpmsLock
from airlock_core.tree import MediaFile

_SHOWN = 10
"""So many of the files that are lacking are named: it is all of them where nothing was fetched."""
_FOLDERS = {
    "file": media.FILES,
    "wheel": media.PYPI,
    "collection": media.COLLECTIONS,
    "playbook": media.PLAYBOOKS,
}


class StoreView:
    """The store as stage sees it: read only."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def metadata(self) -> Path:
        """The store's folder for metadata caches."""
        return self._store.metadata

    def path(self, name: Digest) -> Path:
        """Where a blob stands."""
        return self._store.path(name)

    def read(self, name: Digest) -> bytes:
        """A small blob, verified.

        Raises:
            VerificationError: it is absent or altered.
        """
        return self._store.read(name)

    def require(self, locks: ReleaseLocks) -> None:
        """Everything locked must be in the store.

        Raises:
            InputError: some is not; it is named.
        """
        lacking = [what for what, name, size in _wanted(locks) if not self._store.has(name, size)]
        if lacking:
            more = [f"and {len(lacking) - _SHOWN} more"] if len(lacking) > _SHOWN else []
            raise InputError(
                f"the store lacks {len(lacking)} of the locked files",
                where=str(self._store.root),
                why="\n       ".join([*lacking[:_SHOWN], *more]),
                todo="run `airlock fetch`",
            )

    def base(self, locks: ReleaseLocks) -> Path | None:
        """The base ISO, where the release has one.

        Raises:
            InputError: the locks name several.
        """
        bases = locks.files.of_kind("base")
        if len(bases) > 1:
            raise InputError("more than one base ISO", where="files.lock", why=", ".join(b.filename for b in bases))
        return self.path(bases[0].checksum) if bases else None

    def locked_files(self, locks: ReleaseLocks) -> Iterator[MediaFile]:
        """Charts, files, wheels, collections and playbooks, where they stand on the medium."""
        for chart in locks.charts.charts:
            for name, (found, size) in chart.carried.items():
                yield self._file(media.CHARTS / name, found, size)
        for file in locks.files.files:
            if file.kind in _FOLDERS:
                yield self._file(_place(file), file.checksum, file.size)

    def _file(self, path: PurePosixPath, name: Digest, size: int) -> MediaFile:
        source = self.path(name)
        sha256 = name if name.algorithm == "sha256" else digest.of_file(source)
        return MediaFile(path, source, sha256, size)


def _place(file: LockedFile) -> PurePosixPath:
    return _FOLDERS[file.kind] / media.safe_relative(file.filename, where="files.lock")


def _wanted(locks: ReleaseLocks) -> Iterator[tuple[str, Digest, int | None]]:
    for package in locks.rpms.packages:
        yield f"the package {package.nevra}", package.checksum, package.size
    for package in locks.rpms.sources:
        yield f"the source RPM {package.nevra}", package.checksum, package.size
    for document in repo_documents(locks.rpms):
        yield f"the metadata {document.url}", document.checksum, document.size
    for image in locks.images.images:
        yield f"the image {image.ref}", image.digest, None
    for chart in locks.charts.charts:
        for filename, (name, size) in chart.carried.items():
            yield f"the chart {filename}", name, size
    for file in locks.files.files:
        yield f"the {file.kind} {file.filename}", file.checksum, file.size


def repo_documents(rpms: RpmsLock) -> Iterator[ModuleMetadata]:
    """Comps, updateinfo and modules of all locked repos."""
    for repo in rpms.repos:
        yield from repo.documents
    for arch in rpms.arches:
        yield from arch.module_metadata
