"""What a chart of the manifest is called in a lock."""

from __future__ import annotations

import os
from pathlib import Path

from airlock_builder.charts.ranges import Range
from airlock_builder.charts.versions import Version
from airlock_builder.manifest.model import AnyChart, FolderChart, HttpChart, Manifest, OciChart
from airlock_builder.remote.folderfiles import reference
from airlock_core.locks import LockedChart


def root_of(manifest: Manifest) -> Path:
    """The folder from which locks name what stands on this machine."""
    return manifest.file.parent if manifest.file else Path()


def name_of(chart: AnyChart) -> str:
    """Its name; of a folder or archive the path's last part, since the chart itself was not read."""
    if isinstance(chart, HttpChart):
        return chart.name
    if isinstance(chart, OciChart):
        return chart.oci.rstrip("/").rpartition("/")[2]
    return (chart.folder if isinstance(chart, FolderChart) else chart.archive).name


def repository_of(chart: AnyChart, root: Path) -> str:
    """Its repository as locks have it.

    Args:
        root: as :func:`root_of` gives it.
    """
    if isinstance(chart, HttpChart):
        return chart.repository
    if isinstance(chart, OciChart):
        return f"oci://{chart.oci.removeprefix('oci://').rstrip('/').rpartition('/')[0]}"
    path = chart.folder if isinstance(chart, FolderChart) else chart.archive
    return f"file://{reference(os.path.relpath(path, root.absolute()))}"


def range_of(chart: AnyChart) -> Range | None:
    """The versions that may be locked of it; None where there is but the one."""
    return Range.parse(chart.version) if isinstance(chart, HttpChart | OciChart) else None


def is_answer(locked: LockedChart, chart: AnyChart, root: Path) -> bool:
    """Whether a chart in a lock is one that this chart of the manifest may stand for."""
    if locked.repository != repository_of(chart, root):
        return False
    wanted = range_of(chart)
    if wanted is None:
        return True
    version = Version.parse(locked.version)
    return locked.name == name_of(chart) and version is not None and wanted.fits(version)
