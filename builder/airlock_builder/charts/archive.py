"""Charts' archives, read as strangers' files: what they hold, with the charts inside them.

Source: Helm, "Charts" (the chart file structure) and its loader; its own limits are 5 MiB a file and 100 MiB in all.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from airlock_builder.charts import tar
from airlock_core import compression, strict_yaml
from airlock_core.errors import InputError, VerificationError

MAX_PACKED = 64 << 20
"""Bytes of an archive."""
MAX_DEPTH = 8
"""Charts within charts."""
MAX_FILES, MAX_FILE, MAX_TOTAL = 10_000, 5 << 20, 64 << 20
"""How many files and folders, bytes of one file, and bytes of the unpacked archive with those inside it."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Chart:
    """A chart as it was read.

    Args:
        place: where it stands: the archive, or a path in it.
        metadata: its Chart.yaml.
        files: its own files by their paths in it, in the archive's order.
        charts: those that it brings along under ``charts/``.
    """

    place: str
    metadata: Mapping[str, Any]
    files: Mapping[str, bytes]
    charts: tuple[Chart, ...] = ()

    @property
    def name(self) -> str:
        """As Chart.yaml has it."""
        return str(self.metadata["name"])

    @property
    def version(self) -> str:
        """As Chart.yaml has it."""
        return str(self.metadata["version"])

    def document(self, *names: str) -> Mapping[str, Any]:
        """The first of some YAML files that is there, as a mapping; nothing where none is.

        Raises:
            VerificationError: it is no YAML mapping.
        """
        name = next((name for name in names if name in self.files), None)
        return _mapping(self.files[name], f"{self.place}: {name}") if name else {}


def read(path: Path, *, where: str) -> Chart:
    """Read an archive.

    Args:
        where: how errors name it.

    Raises:
        VerificationError: it is no chart, damaged, or holds what no chart may.
    """
    if path.stat().st_size > MAX_PACKED:
        raise VerificationError(f"is longer than {MAX_PACKED} bytes", where=where)
    with path.open("rb") as file:
        return _chart(file, _Budget(), where)


def of_files(files: Mapping[str, bytes], *, where: str) -> Chart:
    """A chart of files that stand in a folder, by their paths in it.

    Raises:
        VerificationError: as :func:`read`.
    """
    return _of(dict(files), _Budget(), where, 0)


class _Budget:
    """What is left for an archive and all archives in it, so that many small ones are no way around the limits."""

    def __init__(self) -> None:
        self._allowed = tar.Allowance(MAX_FILES, MAX_FILE)
        self._left = MAX_TOTAL

    def unpacked(self, source: BinaryIO, where: str) -> Iterator[tuple[str, bytes]]:
        """The files of an archive by their paths."""
        if source.read(2) != _GZIP:
            raise VerificationError("is no gzip archive, which charts are", where=where)
        with tempfile.TemporaryFile() as plain:
            self._left -= compression.unpack(source, plain, limit=self._left, where=where)
            plain.seek(0)
            yield from tar.files(plain, self._allowed, where=where)


def _chart(source: BinaryIO, budget: _Budget, where: str, depth: int = 0) -> Chart:
    files = dict(budget.unpacked(source, where))
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files):
        raise VerificationError("is no chart: not all of it stands in one folder", where=where)
    return _of({path.partition("/")[2]: content for path, content in files.items()}, budget, where, depth)


def _of(files: dict[str, bytes], budget: _Budget, where: str, depth: int) -> Chart:
    if depth > MAX_DEPTH:
        raise VerificationError(f"holds charts within charts, more than {MAX_DEPTH} deep", where=where)
    if "Chart.yaml" not in files:
        raise VerificationError("is no chart: it has no Chart.yaml", where=where)
    metadata = _mapping(files["Chart.yaml"], f"{where}: Chart.yaml")
    if not all(isinstance(metadata.get(key), str) and metadata[key] for key in ("name", "version")):
        raise VerificationError("has no name or no version that is a text", where=f"{where}: Chart.yaml")
    inside: dict[str, dict[str, bytes]] = {}
    archives: dict[str, bytes] = {}
    own: dict[str, bytes] = {}
    for path, content in files.items():
        _sort(path, content, own, inside, archives)
    charts = [_of(inner, budget, f"{where}: charts/{name}", depth + 1) for name, inner in sorted(inside.items())]
    for name, content in sorted(archives.items()):
        charts.append(_chart(io.BytesIO(content), budget, f"{where}: charts/{name}", depth + 1))
    return Chart(where, metadata, own, tuple(charts))


def _sort(
    path: str, content: bytes, own: dict[str, bytes], inside: dict[str, dict[str, bytes]], archives: dict[str, bytes]
) -> None:
    """Put a file where it belongs; under ``charts/`` Helm passes over names that begin with ``_`` or ``.``."""
    folder, _, rest = path.partition("/")
    name, slash, inner = rest.partition("/")
    if folder != "charts" or not rest or name.startswith(("_", ".")):
        own[path] = content
    elif slash:
        inside.setdefault(name, {})[inner] = content
    elif name.endswith(".tgz"):
        archives[name] = content
    else:
        own[path] = content


def _mapping(content: bytes, where: str) -> Mapping[str, Any]:
    try:
        found = strict_yaml.loads(content, where=where)
    except InputError as fault:
        raise VerificationError(fault.what, where=fault.where, why=fault.why) from fault
    if not isinstance(found, dict):
        raise VerificationError("expected a mapping of keys", where=where)
    return found
