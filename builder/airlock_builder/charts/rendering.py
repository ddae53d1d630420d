"""The images of a chart as Helm renders it, where there is a `helm` on this machine."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from airlock_builder.charts import images, nodes
from airlock_builder.charts.archive import Chart
from airlock_builder.charts.images import Use
from airlock_core import proc
from airlock_core.errors import InputError

_SECONDS = 120.0
_SOURCE = re.compile(r"^# Source: (?P<path>\S+)$", re.MULTILINE)
_SPLIT = re.compile(r"^---\s*$", re.MULTILINE)


def is_possible() -> bool:
    """Whether there is a `helm`."""
    return shutil.which("helm", path=proc.environment()["PATH"]) is not None


def used(archive: Path, chart: Chart, values: Sequence[Path] = ()) -> Iterator[Use]:
    """The images of a chart rendered with its values and those given, its tests left out.

    Args:
        archive: the chart's archive, which may have any name.
        chart: what it holds, to find the lines.
        values: files, later ones win.

    Raises:
        InputError: it cannot be rendered so; Helm's own words are told.
    """
    with tempfile.TemporaryDirectory(prefix="airlock-helm-") as home:
        # nothing of the user's: a plugin or a repository of theirs has no part in this
        own = {name: f"{home}/{name}" for name in ("HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME")}
        options = [word for path in values for word in ("--values", path)]
        command = ["helm", "template", "release", archive, "--skip-tests", *options]
        try:
            text = proc.run(command, timeout=_SECONDS, env=own, cwd=Path(home)).stdout
        except proc.ProcessFailed as fault:
            raise InputError("helm cannot render it", where=chart.place, why=fault.result.tail(3)) from fault
    found: set[Use] = set()
    for part in _SPLIT.split(text):
        source = _SOURCE.search(part)
        path = source["path"].partition("/")[2] if source else ""
        found |= {_located(use, path, chart) for use in images.of_objects(nodes.documents(part, path))}
    yield from sorted(found)


def _located(use: Use, path: str, chart: Chart) -> Use:
    """The line of the template that wrote it, as far as its text tells: Helm says the file alone."""
    lines = _file(chart, path).decode("utf-8", errors="replace").splitlines()
    named = [number for number, line in enumerate(lines, start=1) if re.search(r"[iI]mage:", line)]
    literal = [number for number in named if use.image in lines[number - 1]]
    return Use(path, (literal or named or [0])[0], use.image)


def _file(chart: Chart, path: str) -> bytes:
    """A file of a chart, or of one that it brings along, by the path that Helm tells."""
    if not path.startswith("charts/"):
        return chart.files.get(path, b"")
    _, name, rest = path.split("/", 2)
    inner = next((one for one in chart.charts if one.name == name), None)
    return _file(inner, rest) if inner else b""
