"""Whether a chart brings along all that it depends on, which nobody can fetch at the site.

Source: Helm, "Chart dependencies": those of Chart.yaml, or of requirements.yaml where it is of apiVersion v1; each must
stand under ``charts/`` whatever its condition. Chart.lock keeps exact versions, and a digest of what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airlock_builder.charts.archive import Chart
from airlock_builder.charts.ranges import Range
from airlock_builder.charts.versions import Version
from airlock_core.errors import AirlockError, InputError, VerificationError
from airlock_core.locks import helm

_TODO = (
    "take a version that brings it along; or unpack it, run `helm dependency update` in it, and lock that as a folder"
)


def missing(chart: Chart) -> Iterator[AirlockError]:
    """An error for each dependency that a chart, or one that it brings along, lacks.

    Raises:
        VerificationError: its documents are no such.
    """
    there = {inner.name for inner in chart.charts}
    for one in requested(chart):
        if one.get("name") not in there:
            version, repository = one.get("version", ""), one.get("repository", "")
            what = f"lacks the chart {one.get('name')} {version}".rstrip() + ", on which it depends"
            yield InputError(
                what, where=chart.place, why=f"it stands in {repository}" if repository else "", todo=_TODO
            )
    for inner in chart.charts:
        yield from missing(inner)


def oddities(chart: Chart) -> Iterator[str]:
    """What its makers should mend and Helm installs all the same: other versions than those asked for, a stale lock."""
    asked = requested(chart)
    for one in asked:
        wanted = Range.parse(str(one.get("version") or "*"))
        versions = [inner.version for inner in chart.charts if inner.name == one.get("name")]
        if wanted and versions and not any((found := Version.parse(text)) and wanted.fits(found) for text in versions):
            yield f"{chart.place} brings {one.get('name')} {', '.join(versions)} along, and asks for {wanted.text}"
    lock = chart.document("Chart.lock", "requirements.lock")
    digest = str(lock.get("digest") or "")
    fitting = {helm.agreement_of(asked, _listed(lock)), helm.agreement_of_v1(asked)}
    if digest and digest not in fitting:
        yield f"{chart.place}: its Chart.lock is not of the dependencies that it asks for"
    for inner in chart.charts:
        yield from oddities(inner)


def requested(chart: Chart) -> Sequence[Mapping[str, Any]]:
    """The dependencies that a chart asks for, as they are written.

    Raises:
        VerificationError: they are no list of mappings with names.
    """
    listed = _listed(chart.metadata) or _listed(chart.document("requirements.yaml"))
    if not all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in listed):
        raise VerificationError("its dependencies are no list of names and versions", where=chart.place)
    return listed


def _listed(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = document.get("dependencies")
    return found if isinstance(found, list) else []
