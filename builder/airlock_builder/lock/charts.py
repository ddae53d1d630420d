"""Charts locked: each version's archive, its digest and size."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from airlock_builder.lock.gather import Requests, gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.lock.taken import forget, take
from airlock_builder.manifest.model import HttpChart, Manifest, OciChart
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core import strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import InputError, UpstreamError, VerificationError
from airlock_core.locks import ChartsLock, LockedChart
from airlock_core.progress import Progress, Step, silent

JOBS = 4
MAX_INDEX = 64 << 20
"""Bytes of an index.yaml at the most; the largest public ones have about 20 MB."""
MAX_CHART = 64 << 20
"""Bytes of a chart's archive at the most; Helm itself takes 20 MiB unpacked files."""


def lock_charts(
    manifest: Manifest,
    http: HttpClient,
    oci: ChartsOci,
    store: Store,
    *,
    keeping: Keeping | None = None,
    progress: Progress = silent,
) -> ChartsLock:
    """Resolve every chart of the manifest and its options; archives of HTTP repositories are taken into the store.

    Those that stay as they are locked are not asked for.

    Raises:
        InputError: a repository has no such chart or version; what it has is named.
        UpstreamError: a repository cannot be reached.
        VerificationError: an archive is not what the repository's index says.
        Faults: several of these; every chart is tried.
    """
    requests: Requests[HttpChart | OciChart] = Requests()
    for option, content in [(None, manifest), *sorted(manifest.options.items())]:
        for chart in content.charts:
            requests.add(chart, option)
    options = dict(requests.items())
    stay = {chart: one for chart in options if keeping and (one := _kept(chart, options[chart], keeping))}
    asked = {chart.repository for chart in options if isinstance(chart, HttpChart) and chart not in stay}
    indexes = _Indexes(http, asked)

    def lock(chart: HttpChart | OciChart) -> LockedChart:
        if chart in stay:
            return stay[chart]
        locked = (
            _lock_http(chart, options[chart], indexes, http, store)
            if isinstance(chart, HttpChart)
            else _lock_oci(chart, options[chart], oci)
        )
        progress(Step("lock", locked.filename, locked.size, locked.size, finished=True))
        return locked

    return ChartsLock(tuple(gather(lock, options, jobs=JOBS, what="charts could not be locked", interrupt=http.cancel)))


def _kept(chart: HttpChart | OciChart, options: tuple[str, ...], keeping: Keeping) -> LockedChart | None:
    if isinstance(chart, HttpChart):
        return keeping.chart(chart.name, chart.version, chart.repository, options)
    parent, _, name = chart.oci.removeprefix("oci://").rstrip("/").rpartition("/")
    return keeping.chart(name, chart.version, f"oci://{parent}", options)


class _Indexes:
    """The index of each repository, read once."""

    def __init__(self, http: HttpClient, repositories: set[str]) -> None:
        def read(repository: str) -> Mapping[str, Any]:
            url = f"{repository.rstrip('/')}/index.yaml"
            data = strict_yaml.loads(http.get(url, limit=MAX_INDEX).body, where=url)
            if not isinstance(data, dict) or not isinstance(data.get("entries"), dict):
                raise UpstreamError("is no chart repository's index", where=url, todo="correct the repository's URL")
            entries: Mapping[str, Any] = data["entries"]
            return entries

        ordered = sorted(repositories)
        found = gather(read, ordered, jobs=JOBS, what="chart repositories cannot be read", interrupt=http.cancel)
        self._entries = dict(zip(ordered, found, strict=True))

    def entry(self, chart: HttpChart) -> Mapping[str, Any]:
        """A chart version's entry.

        Raises:
            InputError: there is none.
        """
        charts = self._entries[chart.repository]
        if chart.name not in charts:
            near = ", ".join(difflib.get_close_matches(chart.name, charts, 3, 0.5)) or "none"
            raise InputError(f"no chart {chart.name} in {chart.repository}", where="charts", why=f"nearest: {near}")
        versions = [entry for entry in charts[chart.name] or () if isinstance(entry, dict)]
        for entry in versions:
            if _plain(entry.get("version")) == _plain(chart.version):
                return entry
        raise _no_version(chart.name, chart.version, chart.repository, [str(one.get("version")) for one in versions])


def _lock_http(
    chart: HttpChart, options: tuple[str, ...], indexes: _Indexes, http: HttpClient, store: Store
) -> LockedChart:
    entry = indexes.entry(chart)
    urls = entry.get("urls") or [f"{chart.name}-{chart.version}.tgz"]
    url = urljoin(f"{chart.repository.rstrip('/')}/", str(urls[0]))
    digest, size = _archive(url, http, store)
    told = str(entry.get("digest") or "").removeprefix("sha256:")
    if told and told != digest.hex:
        forget(url, store)
        raise VerificationError(
            f"other bytes than its repository's index says: expected sha256:{told}, found {digest}", where=url
        )
    return LockedChart(chart.name, str(entry["version"]), chart.repository, digest, size, url, options)


def _archive(url: str, http: HttpClient, store: Store) -> tuple[Digest, int]:
    if urlsplit(url).scheme not in ("http", "https", "file"):
        raise UpstreamError("its index points to no http URL", where=url)
    return take(url, http, store, limit=MAX_CHART)


def _lock_oci(chart: OciChart, options: tuple[str, ...], oci: ChartsOci) -> LockedChart:
    repository = chart.oci.removeprefix("oci://").rstrip("/")
    try:
        archive = oci.resolve(repository, chart.version)
    except UpstreamError as error:
        raise _perhaps_no_version(error, repository, chart, oci) from error
    parent, _, name = repository.rpartition("/")
    return LockedChart(name, chart.version, f"oci://{parent}", archive.digest, archive.size, "", options)


def _perhaps_no_version(error: UpstreamError, repository: str, chart: OciChart, oci: ChartsOci) -> Exception:
    try:
        versions = oci.versions(repository)
    except UpstreamError:
        return error
    if not versions or chart.version in versions:
        return error
    return _no_version(repository.rpartition("/")[2], chart.version, chart.oci, versions)


def _no_version(name: str, version: str, repository: str, versions: Sequence[str]) -> InputError:
    near = difflib.get_close_matches(version, versions, 5, 0) or list(versions[:5])
    return InputError(
        f"no version {version} of the chart {name} in {repository}",
        where="charts",
        why=f"nearest: {', '.join(near) or 'none'}",
        todo="write one exact version",
    )


def _plain(version: object) -> str:
    """A version without the ``v`` that some charts put before it, as Helm compares them."""
    return str(version).removeprefix("v")
