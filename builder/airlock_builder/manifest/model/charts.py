"""The manifest's charts: of HTTP repositories, of registries, and of this machine's disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from airlock_builder.manifest.model.texts import Name, Url
from airlock_builder.manifest.model.values import Checked, Chosen, Model, Tag, Text


def _range(text: str) -> str:
    from airlock_builder.charts.ranges import Range  # its expressions take their time, and few manifests have charts

    if Range.parse(text) is None:
        raise ValueError(f"not a version or range: {text!r} (such as 1.2.3, ^1.2, ~1.2.3, >=1.2 <2, 1.x)")
    return text


ChartRange = Annotated[str, Text(least=1), Checked(_range)]
"""A version, or a range as Helm reads it, of which the newest is locked."""


class _Chart(Model):
    """What every chart may have: ``values`` are the files that lint renders it with, later ones win."""

    values: tuple[Path, ...] = ()


class HttpChart(_Chart):
    """A chart of an HTTP repository (with an index.yaml); with ``keyring`` its provenance file must be good."""

    name: Name
    repository: Url
    version: ChartRange
    keyring: tuple[Path, ...] = ()


class OciChart(_Chart):
    """A chart in a registry: ``oci://host/path/name``; with ``keyring`` its provenance layer must be good."""

    oci: Annotated[str, Text(r"^oci://\S+$")]
    version: ChartRange
    keyring: tuple[Path, ...] = ()


class FolderChart(_Chart):
    """A chart in a folder, archived when it is locked."""

    folder: Path


class ArchiveChart(_Chart):
    """A chart's archive on this machine; with ``keyring`` the provenance file beside it must be good."""

    archive: Path
    keyring: tuple[Path, ...] = ()


def _kind(value: Any) -> str:
    keys = value if isinstance(value, Mapping) else vars(value) if isinstance(value, _Chart) else ()
    return next((f"<{key}>" for key in ("oci", "folder", "archive") if key in keys), "<http>")


Chart = Annotated[
    Annotated[HttpChart, Tag("<http>")]
    | Annotated[OciChart, Tag("<oci>")]
    | Annotated[FolderChart, Tag("<folder>")]
    | Annotated[ArchiveChart, Tag("<archive>")],
    Chosen(_kind),
]
AnyChart = HttpChart | OciChart | FolderChart | ArchiveChart
