"""What is fetched as one file each: RPMs, repository metadata, charts, files, wheels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from airlock_builder.fetch.task import Task
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError
from airlock_core.locks import LockedChart, LockedRpm, ReleaseLocks
from airlock_core.progress import Progress, Step


class _Download(Protocol):
    def __call__(self, part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None: ...


@dataclass(frozen=True)
class Plain:
    """One locked file.

    Args:
        subject: what it is, for progress and errors.
        digest, size: what it must be.
        download: fetches it.
        context: added to the error when it fails: the package and repo that a URL alone does not tell.
    """

    subject: str
    digest: Digest
    size: int
    download: _Download
    context: str = ""

    def task(self, store: Store, progress: Progress) -> Task:
        """The task that brings it into the store."""
        return Task(self.subject, self.size, lambda: self._fetch(store, progress))

    def _fetch(self, store: Store, progress: Progress) -> None:
        done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            progress(Step("fetch", self.subject, done, self.size))

        def fill(part: Path) -> None:
            self.download(part, size=self.size, digest=self.digest, on_bytes=count)

        try:
            brought = store.ensure(self.digest, self.size, fill)
        except AirlockError as fault:
            if self.context:
                fault.what = f"{self.context}: {fault.what}"
            raise
        if brought:
            progress(Step("fetch", self.subject, self.size, self.size, finished=True))


def plain_of(locks: ReleaseLocks, http: HttpClient, oci: ChartsOci) -> list[Plain]:
    """All plain files of a release, each digest once."""
    found = [*_rpms(locks, http), *_charts(locks, http, oci), *_files(locks, http)]
    return list({one.digest: one for one in reversed(found)}.values())[::-1]


def _rpms(locks: ReleaseLocks, http: HttpClient) -> Iterator[Plain]:
    for arch in locks.rpms.arches:
        for package in (*arch.packages, *arch.source):
            yield _rpm(package, http)
        for metadata in arch.module_metadata:
            yield _by_url(metadata.url, metadata.checksum, metadata.size, http, f"modules of repo {metadata.repoid}")
    for repo in locks.rpms.repos:
        if repo.comps:
            yield _by_url(repo.comps.url, repo.comps.checksum, repo.comps.size, http, f"comps of repo {repo.id}")


def _rpm(package: LockedRpm, http: HttpClient) -> Plain:
    context = f"package {package.nevra} of repo {package.repoid}"
    return _by_url(package.url, package.checksum, package.size, http, context)


def _charts(locks: ReleaseLocks, http: HttpClient, oci: ChartsOci) -> Iterator[Plain]:
    for chart in locks.charts.charts:
        context = f"chart {chart.name} {chart.version}"
        if chart.repository.startswith("oci://"):
            yield Plain(chart.filename, chart.digest, chart.size, _from_registry(chart, oci), context)
        else:
            yield _by_url(_chart_url(chart), chart.digest, chart.size, http, context)


def _chart_url(chart: LockedChart) -> str:
    """Its URL; Helm's own locks have none, and then it stands where most repositories put it."""
    return chart.url or f"{chart.repository.rstrip('/')}/{chart.filename}"


def _from_registry(chart: LockedChart, oci: ChartsOci) -> _Download:
    def download(part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        repository = f"{chart.repository.removeprefix('oci://').rstrip('/')}/{chart.name}"
        oci.download(repository, part, size=size, digest=digest, on_bytes=on_bytes)

    return download


def _files(locks: ReleaseLocks, http: HttpClient) -> Iterator[Plain]:
    for file in locks.files.files:
        context = "" if file.kind == "file" else f"{file.kind} {file.filename}"
        yield _by_url(file.download_url, file.checksum, file.size, http, context)


def _by_url(url: str, digest: Digest, size: int, http: HttpClient, context: str) -> Plain:
    def download(part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        http.download(url, part, size=size, digest=digest, on_bytes=on_bytes)

    return Plain(url.rsplit("/", 1)[-1], digest, size, download, context)
