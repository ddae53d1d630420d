"""``charts.lock``: the shape of Helm's Chart.lock, with the digest and size of each archive, which that lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.digest import Digest
from airlock_core.locks.reader import Reader


@dataclass(frozen=True, order=True)
class LockedProvenance:
    """The provenance file of a chart's archive, which stands beside it on the medium.

    Args:
        digest: SHA-256 of the file.
        size: bytes.
    """

    digest: Digest
    size: int


@dataclass(frozen=True, order=True)
class LockedChart:
    """One chart archive.

    Args:
        name, version: as in its Chart.yaml.
        repository: ``https://…`` of an HTTP repository, ``oci://host/repo`` without the chart's name, or, as Helm has
            it for charts on disk, ``file://`` and the path of a folder or archive from the manifest's folder.
        digest: SHA-256 of the archive.
        size: bytes of the archive.
        url: where the archive itself was seen, for an HTTP repository; else empty.
        options: options of the manifest that ask for it.
        signer: full fingerprint of the key whose provenance file vouches for it; empty where none was asked for.
        provenance: that file.
    """

    name: str
    version: str
    repository: str
    digest: Digest
    size: int
    url: str = ""
    options: tuple[str, ...] = ()
    signer: str = ""
    provenance: LockedProvenance | None = None

    @property
    def filename(self) -> str:
        """The archive's usual name."""
        return f"{self.name}-{self.version}.tgz"

    @property
    def provenance_filename(self) -> str:
        """The name of its provenance file beside it, as Helm looks for it."""
        return f"{self.filename}.prov"

    @property
    def carried(self) -> Mapping[str, tuple[Digest, int]]:
        """Digest and size of each file that the medium carries of it, by name."""
        beside = {self.provenance_filename: (self.provenance.digest, self.provenance.size)} if self.provenance else {}
        return {self.filename: (self.digest, self.size), **beside}

    @property
    def local(self) -> str:
        """The path of its folder or archive from the manifest's folder, as a URL spells it; empty of all others."""
        is_path = self.repository.startswith("file://") and not self.repository.startswith("file:///")
        return self.repository.removeprefix("file://") if is_path else ""


@dataclass(frozen=True, order=True)
class LockedWaiver:
    """Images that charts use and the release goes without, as a glob, and why."""

    image: str
    reason: str


@dataclass(frozen=True)
class ChartsLock:
    """The whole lock."""

    charts: tuple[LockedChart, ...] = ()
    waivers: tuple[LockedWaiver, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """The lock as plain data, sorted."""
        waivers = [{"image": one.image, "reason": one.reason} for one in sorted(self.waivers)]
        charts = [_chart_data(chart) for chart in sorted(self.charts)]
        return {"dependencies": charts, **({"waivers": waivers} if waivers else {})}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str = "charts.lock") -> ChartsLock:
        """Read plain data.

        Raises:
            InputError, Faults: unknown or missing keys.
        """
        reader = Reader(data, where)
        waivers = reader.each("waivers", lambda one: LockedWaiver(one.text("image"), one.text("reason")))
        lock = cls(reader.each("dependencies", _read_chart), waivers)
        reader.done(where)
        return lock


def _chart_data(chart: LockedChart) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": chart.name,
        "repository": chart.repository,
        "version": chart.version,
        "digest": str(chart.digest),
        "size": chart.size,
    }
    found = chart.provenance
    beside = {"digest": str(found.digest), "size": found.size} if found else None
    asked = {"options": sorted(chart.options), "signer": chart.signer, "provenance": beside}
    extras: dict[str, Any] = {"url": chart.url, **asked}
    return {**data, **{key: value for key, value in extras.items() if value}}


def _read_chart(reader: Reader) -> LockedChart:
    return LockedChart(
        name=reader.text("name"),
        version=reader.text("version"),
        repository=reader.text("repository"),
        digest=reader.digest("digest"),
        size=reader.number("size"),
        url=reader.text("url", ""),
        options=reader.texts("options"),
        signer=reader.text("signer", ""),
        provenance=reader.optional("provenance", _read_provenance),
    )


def _read_provenance(reader: Reader) -> LockedProvenance:
    return LockedProvenance(reader.digest("digest"), reader.number("size"))
