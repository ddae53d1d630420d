"""Charts found and taken into the store: of each kind of place one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from airlock_builder.charts import packing, provenance
from airlock_builder.charts.archive import MAX_PACKED, Chart, read
from airlock_builder.charts.ranges import Range
from airlock_builder.lock.chart_index import Indexes, no_version
from airlock_builder.lock.taken import forget, take
from airlock_builder.manifest.charts import name_of
from airlock_builder.manifest.model import AnyChart, ArchiveChart, FolderChart, HttpChart, OciChart
from airlock_builder.remote.charts_oci import ChartsOci, OciArchive
from airlock_builder.remote.documents import Documents
from airlock_builder.remote.failures import is_absent
from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError


@dataclass(frozen=True)
class Found:
    """A chart's archive in the store.

    Args:
        chart: what it holds.
        digest, size: of the archive.
        place: for errors: its URL or path.
        url: where the archive itself was seen, in an HTTP repository.
        filename: by which its provenance file may know it.
        provenance: brings that file; None where there is none.
    """

    chart: Chart
    digest: Digest
    size: int
    place: str
    url: str = ""
    filename: str = ""
    provenance: Callable[[], bytes | None] = lambda: None


@dataclass(frozen=True)
class Finder:
    """Finds charts.

    Args:
        indexes: of all HTTP repositories that are asked for.
        documents: where provenance files are kept for runs without a network.
    """

    indexes: Indexes
    documents: Documents
    http: HttpClient
    oci: ChartsOci
    store: Store

    def find(self, chart: AnyChart, wanted: Range | None, where: str) -> Found:
        """The chart that a manifest means, of the newest version that fits.

        Args:
            wanted: the versions that fit, where there are several.
            where: its place in the manifest.

        Raises:
            InputError: there is no such chart or version; a folder that cannot be read.
            UpstreamError: it cannot be reached.
            VerificationError: it is another chart than its repository says, or holds what no chart may.
        """
        if isinstance(chart, FolderChart):
            return self._in_folder(chart.folder)
        if isinstance(chart, ArchiveChart):
            return self._on_disk(chart.archive)
        if wanted is None:
            raise AssertionError("a chart of a repository has a version")
        return (
            self._by_http(chart, wanted, where) if isinstance(chart, HttpChart) else self._by_oci(chart, wanted, where)
        )

    def _by_http(self, chart: HttpChart, wanted: Range, where: str) -> Found:
        entry = self.indexes.entry(chart, wanted, where)
        urls = entry.get("urls") or [f"{chart.name}-{entry['version']}.tgz"]
        url = urljoin(f"{chart.repository.rstrip('/')}/", str(urls[0]))
        if urlsplit(url).scheme not in ("http", "https", "file"):
            raise UpstreamError("its index points to no http URL", where=url)
        digest, size = take(url, self.http, self.store, limit=MAX_PACKED)
        told = str(entry.get("digest") or "").removeprefix("sha256:")
        if told and told != digest.hex:
            forget(url, self.store)
            raise VerificationError(
                f"other bytes than its repository's index says: expected sha256:{told}, found {digest}", where=url
            )
        held = _expected(self._read(digest, url), chart.name, str(entry["version"]), url)
        return Found(held, digest, size, url, url, _base(url), lambda: self._document(f"{url}{provenance.SUFFIX}"))

    def _by_oci(self, chart: OciChart, wanted: Range, where: str) -> Found:
        repository = chart.oci.removeprefix("oci://").rstrip("/")
        version, archive = self._resolved(repository, chart, wanted, where)
        place = f"oci://{repository}:{version}"
        if archive.size > MAX_PACKED:
            raise VerificationError(f"is longer than {MAX_PACKED} bytes", where=place)
        size, digest = archive.size, archive.digest

        def fill(part: Path) -> None:
            self.oci.download(repository, part, size=size, digest=digest)

        self.store.require_space(size)
        self.store.ensure(digest, size, fill)
        held = _expected(self._read(digest, place), name_of(chart), version, place)
        return Found(held, digest, size, place, provenance=lambda: self.oci.provenance(repository, archive))

    def _resolved(self, repository: str, chart: OciChart, wanted: Range, where: str) -> tuple[str, OciArchive]:
        """A version that is written out is asked for by that name: not every registry lists its tags."""
        fault: UpstreamError | None = None
        if wanted.exact:
            try:
                return wanted.text, self.oci.resolve(repository, wanted.text)
            except UpstreamError as error:
                fault = error
        versions = self._versions(repository, fault)
        newest = wanted.newest(versions)
        if newest is None:
            raise no_version(name_of(chart), chart.version, chart.oci, versions, where) from fault
        if fault and newest == wanted.text:
            raise fault
        return newest, self.oci.resolve(repository, newest)

    def _versions(self, repository: str, fault: UpstreamError | None) -> list[str]:
        """The versions that are listed; where they cannot be had after another fault, that is the one to tell."""
        try:
            found = self.oci.versions(repository)
        except UpstreamError as error:
            raise fault or error from error
        if not found and fault:
            raise fault
        return found

    def _in_folder(self, folder: Path) -> Found:
        chart, archive = packing.pack(folder, where=str(folder))
        return Found(chart, self.store.add(archive), len(archive), str(folder))

    def _on_disk(self, path: Path) -> Found:
        digest, size = take(path.as_uri(), self.http, self.store, limit=MAX_PACKED)
        beside = path.with_name(path.name + provenance.SUFFIX)
        found = self._read(digest, str(path))
        return Found(found, digest, size, str(path), "", path.name, lambda: self._document(beside.as_uri()))

    def _read(self, digest: Digest, where: str) -> Chart:
        return read(self.store.path(digest), where=where)

    def _document(self, url: str) -> bytes | None:
        try:
            return self.documents.current(url, self.http, limit=provenance.MAX_BYTES)
        except UpstreamError as fault:
            if is_absent(fault):
                return None
            raise


def _expected(chart: Chart, name: str, version: str, where: str) -> Chart:
    """The chart, if it is the one that its repository said it was."""
    if chart.name != name or chart.version.removeprefix("v") != version.removeprefix("v"):
        found = f"{chart.name} {chart.version}"
        raise VerificationError(f"is the chart {found}, not {name} {version}, as its repository says", where=where)
    return chart


def _base(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
