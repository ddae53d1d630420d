"""What the commands print of the pipeline's values: lines for people, and the same facts as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airlock_builder.pipeline import Built, Fetched, Locked
from airlock_core.nevra import Nevra
from airlock_core.sizes import counted, human

Report = tuple[list[str], Any]


def packages(closed: Sequence[tuple[Nevra, str]]) -> Report:
    """The closed set of packages, one a line: ``NEVRA  repo``."""
    width = max((len(str(nevra)) for nevra, _ in closed), default=0)
    lines = [f"{nevra!s:<{width}}  {repo}" for nevra, repo in closed]
    return lines, {"packages": [{"nevra": str(nevra), "repo": repo} for nevra, repo in closed]}


def locked(result: Locked, written: Sequence[str]) -> Report:
    """What changed in the locks, and which files were written for it."""
    changed = [str(change) for change in result.changes]
    assumed = [f"assumed at the site: {name}" for arch in result.locks.rpms.arches for name in arch.assumed]
    head = f"{result.folder}: wrote {', '.join(written)}" if written else f"{result.folder}: nothing changed"
    data = {"folder": str(result.folder), "written": list(written), "changes": changed, "assumed": assumed}
    return [*changed, *assumed, head], data


def fetched(result: Fetched) -> Report:
    """How much was already there and how much came over the wire."""
    total = f"{result.present + result.new} blobs, {human(result.size)}"
    lines = [f"{total}: {result.present} in the store before, {result.new} fetched ({human(result.new_size)})"]
    data = {"present": result.present, "new": result.new, "bytes": result.size, "new_bytes": result.new_size}
    return lines, data


def built(result: Built) -> Report:
    """The ISO, its digest, and what is on it."""
    counts = counted(result.release.counts)
    label = result.release.label
    lines = [f"{result.iso}  {human(result.size)}", str(result.digest), f"label {label}: {counts}"]
    data = {
        "iso": str(result.iso),
        "size": result.size,
        "sha256": result.digest.hex,
        "label": label,
        "counts": dict(result.release.counts),
    }
    return lines, data
