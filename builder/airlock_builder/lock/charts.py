"""Charts locked: of each the newest version that fits, its archive's digest and size, and who vouches for it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from airlock_builder.charts import dependencies, provenance
from airlock_builder.lock.chart_finding import Finder, Found
from airlock_builder.lock.chart_index import Indexes
from airlock_builder.lock.gather import Requests, gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.manifest.charts import is_answer, range_of, repository_of, root_of
from airlock_builder.manifest.model import AnyChart, FolderChart, HttpChart, Manifest
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.documents import Documents
from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core.errors import AirlockError, InputError, VerificationError, raise_all
from airlock_core.locks import ChartsLock, LockedChart, LockedProvenance, LockedWaiver
from airlock_core.progress import Progress, Step, silent
from airlock_core.signatures import Keyring

JOBS = 4


def lock_charts(
    manifest: Manifest,
    http: HttpClient,
    oci: ChartsOci,
    store: Store,
    *,
    keeping: Keeping | None = None,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda text: None,
) -> ChartsLock:
    """Resolve every chart of the manifest and its options; their archives are taken into the store, and looked into.

    Those that stay as they are locked are not asked for.

    Args:
        note: told what is odd about a chart and no fault.

    Raises:
        InputError: a repository has no such chart or version; what it has is named. A chart lacks what it depends on.
        UpstreamError: a repository cannot be reached.
        VerificationError: an archive is not what its repository says, holds what no chart may, or nobody listed vouches
            for it.
        Faults: several of these; every chart is tried.
    """
    options, places = _asked(manifest)
    root = root_of(manifest)
    stay = {chart: one for chart in options if keeping and (one := _kept(chart, options[chart], keeping, root))}
    documents = Documents(store.metadata / "charts")
    indexes = Indexes(http, documents, _by_repository(chart for chart in options if chart not in stay))
    finder = Finder(indexes, documents, http, oci, store)

    def lock(chart: AnyChart) -> LockedChart:
        if chart in stay:
            return stay[chart]
        found = finder.find(chart, range_of(chart), places[chart])
        raise_all("a chart lacks what it depends on", dependencies.missing(found.chart))
        for text in dependencies.oddities(found.chart):
            note(text)
        locked = replace(_locked(chart, found, store, root), options=options[chart])
        progress(Step("lock", locked.filename, locked.size, locked.size, finished=True))
        return locked

    charts = gather(lock, options, jobs=JOBS, what="charts could not be locked", interrupt=http.cancel)
    for text in documents.notes():
        note(text)
    merged = _merged(charts)
    raise_all("charts collide on the medium", _collisions(merged))
    return ChartsLock(merged, _waivers(manifest))


def _locked(chart: AnyChart, found: Found, store: Store, root: Path) -> LockedChart:
    """The entry of a chart that was found, for nobody yet."""
    signer, beside = _signer(chart, found, store)
    return LockedChart(
        name=found.chart.name,
        version=found.chart.version,
        repository=repository_of(chart, root),
        digest=found.digest,
        size=found.size,
        url=found.url,
        signer=signer,
        provenance=beside,
    )


def _asked(manifest: Manifest) -> tuple[dict[AnyChart, tuple[str, ...]], dict[AnyChart, str]]:
    """Each chart once, with the options that ask for it, and its first place."""
    requests: Requests[AnyChart] = Requests()
    places: dict[AnyChart, str] = {}
    for option, content in manifest.contents():
        prefix = f"options.{option}." if option else ""
        for index, chart in enumerate(content.charts):
            requests.add(chart, option)
            places.setdefault(chart, f"{prefix}charts[{index}]")
    return dict(requests.items()), places


def _by_repository(charts: Iterable[AnyChart]) -> dict[str, set[str]]:
    """The names that are asked for in each HTTP repository."""
    found: dict[str, set[str]] = defaultdict(set)
    for chart in charts:
        if isinstance(chart, HttpChart):
            found[chart.repository].add(chart.name)
    return found


def _waivers(manifest: Manifest) -> tuple[LockedWaiver, ...]:
    """The images that the release goes without, so that the medium tells it too."""
    waivers = [waiver for _, content in manifest.contents() for waiver in content.images.waivers]
    return tuple(sorted({LockedWaiver(waiver.image, waiver.reason) for waiver in waivers}))


def _kept(chart: AnyChart, options: tuple[str, ...], keeping: Keeping, root: Path) -> LockedChart | None:
    """The standing entry of a chart that stays; not where the manifest now asks that somebody vouches for it."""
    kept = keeping.chart(lambda locked: is_answer(locked, chart, root), options)
    return None if kept and bool(kept.signer) != bool(_keys(chart)) else kept


def _keys(chart: AnyChart) -> tuple[Path, ...]:
    return () if isinstance(chart, FolderChart) else chart.keyring


def _signer(chart: AnyChart, found: Found, store: Store) -> tuple[str, LockedProvenance | None]:
    """Who vouches for an archive, and the file that says so, in the store."""
    keys = _keys(chart)
    if not keys:
        return "", None
    document = found.provenance()
    if document is None:
        todo = "ask its maker for one, or take the keyring out of the manifest: nobody vouches for it then"
        raise VerificationError("has no provenance file, and the manifest gives keys", where=found.place, todo=todo)
    where = f"{found.place}{provenance.SUFFIX}"
    names = {found.filename, f"{found.chart.name}-{found.chart.version}.tgz"} - {""}
    now = int(time.time())
    signer = provenance.check(document, Keyring.load(keys), found.chart, found.digest, names, now=now, where=where)
    return signer, LockedProvenance(store.add(document), len(document))


def _merged(charts: Iterable[LockedChart]) -> tuple[LockedChart, ...]:
    """Each chart once: a range and a version, or two ranges, may have come to the same."""
    same: dict[LockedChart, list[LockedChart]] = defaultdict(list)
    for chart in charts:
        same[replace(chart, options=(), signer="", provenance=None)].append(chart)
    return tuple(_together(alike) for alike in same.values())


def _together(alike: list[LockedChart]) -> LockedChart:
    always = any(not chart.options for chart in alike)
    options = () if always else tuple(sorted({option for chart in alike for option in chart.options}))
    return replace(max(alike, key=lambda chart: chart.signer), options=options)


def _collisions(charts: Iterable[LockedChart]) -> Iterable[AirlockError]:
    """Charts of several places that would be one file at the site."""
    named: dict[str, list[LockedChart]] = defaultdict(list)
    for chart in charts:
        named[chart.filename].append(chart)
    for name, several in sorted(named.items()):
        if len(several) > 1:
            where = " and ".join(chart.repository for chart in several)
            todo = "keep one of them"
            yield InputError(f"several charts would be {name} at the site: of {where}", where="charts", todo=todo)
