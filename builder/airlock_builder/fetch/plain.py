"""What is fetched as one file each: RPMs, repository metadata, charts, files, wheels."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from airlock_builder.charts.packing import pack
from airlock_builder.crew.task import Task
from airlock_builder.remote import local
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.failures import is_absent
from airlock_builder.remote.galaxy_servers import GalaxyServers
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.isofiles import is_within
from airlock_builder.remote.repositories import Repositories
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, VerificationError
from airlock_core.locks import LockedChart, LockedRpm, ModuleMetadata, ReleaseLocks
from airlock_core.progress import Progress, Step

_UNVOUCHED = "{} was taken when it was locked, and nobody vouches for it; the URL has another file now"


class _Download(Protocol):
    """Writes a file, hashing it, and raises VerificationError where it is another."""

    def __call__(self, part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None: ...


@dataclass(frozen=True)
class Plain:
    """One locked file.

    Args:
        subject: what it is, for progress and errors.
        digest, size: what it must be.
        download: fetches it.
        context: added to the error when it fails: the package and repo that a URL alone does not tell.
        host: the ``host[:port]`` that is asked for it; empty where none is.
        optional: nothing that is built needs it: that the upstream has taken it away is no failure.
        within: it stands within another locked file, which must be there first.
        unvouched: its digest was taken when it was locked, and nobody else says what it should be.
    """

    subject: str
    digest: Digest
    size: int
    download: _Download
    context: str = ""
    host: str = ""
    optional: bool = False
    within: bool = False
    unvouched: bool = False

    def task(self, store: Store, progress: Progress, gone: list[str]) -> Task:
        """The task that brings it into the store.

        Args:
            gone: told what is optional and not there any more.
        """
        return Task(self.subject, self.size, lambda: self._fetch(store, progress, gone), self.host)

    def _fetch(self, store: Store, progress: Progress, gone: list[str]) -> None:
        kept = done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            progress(Step("fetch", self.subject, done, self.size, kept=kept))

        def fill(part: Path) -> Digest:
            nonlocal kept
            kept = part.stat().st_size if part.exists() else 0
            progress(Step("fetch", self.subject, kept, self.size, kept=kept))
            self.download(part, size=self.size, digest=self.digest, on_bytes=count)
            return self.digest  # every download hashes what it writes, and holds it against this

        try:
            brought = store.ensure(self.digest, self.size, fill)
        except AirlockError as fault:
            progress(Step("fetch", self.subject, done, self.size, failed=True))
            if self.optional and is_absent(fault):
                gone.append(f"{self.context}: {fault.where} is gone")
                return
            if self.unvouched and isinstance(fault, VerificationError):
                fault.why = _UNVOUCHED.format(self.digest)
                fault.todo = f"see what its maker says of it; where it is good: airlock lock --update '{fault.where}'"
            if self.context:
                fault.what = f"{self.context}: {fault.what}"
            raise
        kept = kept if brought else self.size  # another run brought it meanwhile
        progress(Step("fetch", self.subject, self.size, self.size, finished=True, kept=kept))


def plain_of(
    locks: ReleaseLocks,
    http: HttpClient,
    repositories: Repositories,
    oci: ChartsOci,
    kept: Path,
    root: Path,
    *,
    advisories: bool,
) -> list[Plain]:
    """All plain files of a release, each digest once.

    Args:
        kept: folder where `airlock lock` keeps repositories' metadata by digest.
        root: the manifest's folder, from which locks name charts on this machine.
        advisories: whether the medium carries them.
    """
    rpms = _rpms(locks, http, repositories, kept, advisories=advisories)
    found = [*rpms, *_charts(locks, http, oci, root), *_files(locks, http, root)]
    return list({one.digest: one for one in reversed(found)}.values())[::-1]


def _rpms(
    locks: ReleaseLocks, http: HttpClient, repositories: Repositories, kept: Path, *, advisories: bool
) -> Iterator[Plain]:
    bases = {repo.id: repo.base for repo in locks.rpms.repos}

    def of(locked: LockedRpm | ModuleMetadata, context: str) -> Plain:
        known = None if isinstance(locked, LockedRpm) else kept / locked.checksum.algorithm / locked.checksum.hex
        return _of_repo(locked, bases.get(locked.repoid), http, repositories, context, known)

    for arch in locks.rpms.arches:
        for package in (*arch.packages, *arch.source):
            yield of(package, f"package {package.nevra} of repo {package.repoid}")
        for metadata in arch.module_metadata:
            yield of(metadata, f"modules of repo {metadata.repoid}")
    for repo in locks.rpms.repos:
        if repo.comps:
            yield of(repo.comps, f"comps of repo {repo.id}")
        if repo.updateinfo:
            yield replace(of(repo.updateinfo, f"updateinfo of repo {repo.id}"), optional=not advisories)


def _of_repo(
    locked: LockedRpm | ModuleMetadata,
    base: str | None,
    http: HttpClient,
    repositories: Repositories,
    context: str,
    known: Path | None,
) -> Plain:
    """A file of a repository: any of its mirrors will do.

    Args:
        base: what its URL stands below, where the lock says so.
        known: where `airlock lock` may have kept it; upstreams drop metadata that is not their newest.
    """

    def download(part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        if known and known.is_file():
            with contextlib.suppress(VerificationError):  # damaged: its repository has it, perhaps
                local.copy(known.as_uri(), part, size=size, digest=digest, on_bytes=on_bytes)
                return
        repositories.download(locked.repoid, locked.url, part, size=size, digest=digest, on_bytes=on_bytes, base=base)

    within = is_within(locked.url)
    host = "" if within else http.host(locked.url)
    return Plain(_name(locked.url), locked.checksum, locked.size, download, context, host, within=within)


def _charts(locks: ReleaseLocks, http: HttpClient, oci: ChartsOci, root: Path) -> Iterator[Plain]:
    for chart in locks.charts.charts:
        context = f"chart {chart.name} {chart.version}"
        for name, (digest, size) in chart.carried.items():
            suffix = name.removeprefix(chart.filename)
            if chart.local:
                path = (root / unquote(chart.local + suffix)).absolute()
                yield Plain(name, digest, size, _from_disk(path), context)
            elif chart.repository.startswith("oci://"):
                host = oci.host(chart.repository.removeprefix("oci://"))
                yield Plain(name, digest, size, _from_registry(chart, oci), context, host)
            else:
                yield _by_url(_chart_url(chart) + suffix, digest, size, http, context)


def _chart_url(chart: LockedChart) -> str:
    """Its URL; Helm's own locks have none, and then it stands where most repositories put it."""
    return chart.url or f"{chart.repository.rstrip('/')}/{chart.filename}"


def _from_registry(chart: LockedChart, oci: ChartsOci) -> _Download:
    def download(part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        repository = f"{chart.repository.removeprefix('oci://').rstrip('/')}/{chart.name}"
        oci.download(repository, part, size=size, digest=digest, on_bytes=on_bytes)

    return download


def _from_disk(path: Path) -> _Download:
    def download(part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        try:
            if path.is_dir():
                _write_folder(path, part, digest)
                on_bytes(size)
            else:
                local.copy(path.as_uri(), part, size=size, digest=digest, on_bytes=on_bytes)
        except AirlockError as fault:
            fault.todo = "put it back as it was, or lock anew"
            raise

    return download


def _write_folder(folder: Path, part: Path, digest: Digest) -> None:
    _, archive = pack(folder, where=str(folder))
    found = Digest.sha256(archive)
    if found != digest:
        why = f"archived it has the digest {found}, locked is {digest}"
        raise VerificationError("is not what it was when it was locked", where=str(folder), why=why)
    part.write_bytes(archive)


def _files(locks: ReleaseLocks, http: HttpClient, root: Path) -> Iterator[Plain]:
    galaxy = GalaxyServers(http)
    for file in locks.files.files:
        context = "" if file.kind == "file" else f"{file.kind} {file.filename}"
        if file.local:
            path = (root / unquote(file.local)).absolute()
            yield Plain(_name(file.filename), file.checksum, file.size, _from_disk(path), context)
            continue
        client = galaxy.client if file.kind == "collection" else None
        plain = _by_url(file.download_url, file.checksum, file.size, http, context, client)
        yield replace(plain, unvouched=file.source == "taken")


def _by_url(
    url: str,
    digest: Digest,
    size: int,
    http: HttpClient,
    context: str,
    client: Callable[[str], HttpClient] | None = None,
) -> Plain:
    """A file of a server.

    Args:
        client: gives another client for the URL, when it is asked for.
    """

    def download(part: Path, *, size: int, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        (client(url) if client else http).download(url, part, size=size, digest=digest, on_bytes=on_bytes)

    return Plain(_name(url), digest, size, download, context, http.host(url))


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1]
