"""The indexes of HTTP repositories of charts, each read once, and fetched again only where it changed.

Source: Helm, "The Chart Repository Guide" (index.yaml).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from airlock_builder.charts.ranges import Range
from airlock_builder.charts.skimming import skimmed
from airlock_builder.lock.gather import gather
from airlock_builder.manifest.model import HttpChart
from airlock_builder.remote.documents import Documents
from airlock_builder.remote.http import HttpClient
from airlock_core import strict_yaml
from airlock_core.errors import AirlockError, InputError, UpstreamError
from airlock_core.values import Value

JOBS = 4
MAX_INDEX = 64 << 20
"""Bytes of an index.yaml at the most; the largest public ones have about 20 MB."""


class _Index(Value):
    """One index: its entries by chart, or what is wrong with it."""

    charts: Mapping[str, Any]
    fault: AirlockError | None = None


class Indexes:
    """The indexes of some repositories; what is wrong with one is told by those who ask for its charts.

    Args:
        wanted: the names of the charts that are asked for, by repository: others are not looked at.
    """

    def __init__(
        self,
        http: HttpClient,
        documents: Documents,
        wanted: Mapping[str, Collection[str]],
    ) -> None:
        def read(repository: str) -> _Index:
            url = f"{repository.rstrip('/')}/index.yaml"
            try:
                found = _entries(documents.current(url, http, limit=MAX_INDEX), wanted[repository], url)
            except AirlockError as fault:
                return _Index({}, fault)
            return _Index(found)

        ordered = sorted(wanted)
        found = gather(read, ordered, jobs=JOBS, what="chart repositories cannot be read", interrupt=http.cancel)
        self._indexes = dict(zip(ordered, found, strict=True))

    def entry(self, chart: HttpChart, wanted: Range, where: str) -> Mapping[str, Any]:
        """The entry of the newest version in a range.

        Args:
            where: the chart's place in the manifest.

        Raises:
            InputError: there is none.
            UpstreamError: the index cannot be reached, or is none.
        """
        index = self._indexes[chart.repository]
        if index.fault:
            raise index.fault
        charts = index.charts
        if chart.name not in charts:
            near = ", ".join(difflib.get_close_matches(chart.name, charts, 3, 0.5)) or "none"
            raise InputError(f"no chart {chart.name} in {chart.repository}", where=where, why=f"nearest: {near}")
        versions = {str(entry.get("version")): entry for entry in charts[chart.name] or () if isinstance(entry, dict)}
        newest = wanted.newest(versions)
        if newest is None:
            raise no_version(chart.name, chart.version, chart.repository, list(versions), where)
        entry: Mapping[str, Any] = versions[newest]
        return entry


def _entries(raw: bytes, wanted: Collection[str], url: str) -> Mapping[str, Any]:
    """The charts; of those that are wanted with what the index says of them."""
    try:
        data = strict_yaml.loads(skimmed(raw, wanted), where=url)
    except InputError:
        data = strict_yaml.loads(raw, where=url)  # what is wrong with it is told by its own lines
    if not isinstance(data, dict) or not isinstance(data.get("entries"), dict):
        raise UpstreamError("is no chart repository's index", where=url, todo="correct the repository's URL")
    entries: Mapping[str, Any] = data["entries"]
    return entries


def no_version(name: str, version: str, repository: str, versions: Sequence[str], where: str) -> InputError:
    """No version of a chart fits; the nearest are told."""
    near = difflib.get_close_matches(version, versions, 5, 0) or list(versions[:5])
    return InputError(
        f"no version {version} of the chart {name} in {repository}",
        where=where,
        why=f"nearest: {', '.join(near) or 'none'}",
        todo="write a version that is there, or a range; a pre-release fits a range only that names one",
    )
