"""What the commands print of the pipeline's values: lines for people, and the same facts as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airlock_core.errors import OutdatedError
from airlock_core.sizes import counted, human

if TYPE_CHECKING:
    from pathlib import Path

    from airlock_builder.audit.used_images import Survey
    from airlock_builder.fetch import Fetched
    from airlock_builder.master import Mastered
    from airlock_builder.pipeline import Locked
    from airlock_core.nevra import Nevra

Report = tuple[list[str], Any]
_MOST = 20
"""Changes of one reason, and reasons of one kind, that are told without -v."""
_INDENT = " " * 7
"""What an error's reason stands behind: ``  why: ``."""


def linted(manifest: Path, survey: Survey | None) -> Report:
    """That a manifest is good, and which images its charts use that no lock holds; None: there are no locks yet."""
    unlocked, waived = (survey.unlocked, survey.waived) if survey else ((), ())
    lines = [f"{manifest}: good"]
    if waived:
        lines += ["", "images that no lock holds, waived:"]
        lines += [f"  {one.place}: {one.use.image}  ({one.reason})" for one in waived]
    if unlocked:
        lines += ["", "images that no lock holds, so that `airlock build` will refuse them:"]
        lines += [f"  {one.place}: {one.use.image}" for one in unlocked]
        lines += ["  do:  add them to images.refs and lock, or waive them with a reason under images.waivers"]
    told = {"unlocked": [one.to_json() for one in unlocked], "waived": [one.to_json() for one in waived]}
    return lines, {"manifest": str(manifest), "faults": [], **told}


def packages(closed: Sequence[tuple[Nevra, str]]) -> Report:
    """The closed set of packages, one a line: ``NEVRA  repo``."""
    width = max((len(str(nevra)) for nevra, _ in closed), default=0)
    lines = [f"{nevra!s:<{width}}  {repo}" for nevra, repo in closed]
    return lines, {"packages": [{"nevra": str(nevra), "repo": repo} for nevra, repo in closed]}


def locked(result: Locked, written: Sequence[str], *, width: int, everything: bool = False) -> Report:
    """What changed in the locks and why, and which files were written for it.

    Args:
        width: columns that there are.
        everything: each change, however many there are.
    """
    assumed = [f"assumed at the site: {name}" for arch in result.locks.rpms.arches for name in arch.assumed]
    head = f"{result.folder}: wrote {', '.join(written)}" if written else f"{result.folder}: nothing changed"
    changes = _changes(result, None if everything else _MOST, width)
    lines = [*changes, *([""] if changes else []), *assumed, *_taken(result), head]
    return lines, {**_changes_json(result), "written": list(written), "assumed": assumed}


def _taken(result: Locked) -> list[str]:
    """The digests that nobody vouches for, to be compared by a person."""
    if not result.taken:
        return []
    lines = ["digests taken now: nobody vouches for them, so compare them with their makers':"]
    for file in sorted(result.taken, key=lambda one: one.download_url):
        lines += [f"  {file.download_url}", f"    {file.checksum}"]
    return [*lines, ""]


def checked(result: Locked, *, width: int, everything: bool = False) -> Report:
    """That the locks say what the manifest resolves to.

    Args:
        width: columns that there are.
        everything: tell each change, however many there are.

    Raises:
        OutdatedError: they do not; what differs is told, and for programs in ``changes``.
    """
    if not result.stale:
        return [f"{result.folder}: up to date"], _changes_json(result)
    told = _changes(result, None if everything else _MOST, width - len(_INDENT))
    other = [name for name in result.stale if name not in result.missing]
    if not told and other:
        told = [f"{', '.join(other)}: the same content, written otherwise"]
    told = [*(f"there is no {name}" for name in result.missing), *told]
    raise OutdatedError(
        "the locks do not say what the manifest now resolves to",
        where=str(result.folder),
        why=f"\n{_INDENT}".join(told),
        todo="run `airlock lock`, read its changes, and commit them",
        more=_changes_json(result),
    )


def exported(folder: Path, written: Sequence[str]) -> Report:
    """Which files were written for other tools."""
    head = f"{folder}: wrote {', '.join(written)}" if written else f"{folder}: nothing changed"
    return [head], {"folder": str(folder), "written": list(written)}


def _changes(result: Locked, most: int | None, width: int) -> list[str]:
    """The counts, and the changes of content with their reasons; where nothing stood before, the counts alone."""
    from airlock_builder.cli import differences

    shown = [] if result.first else differences.groups(result.changes, width=width, most=most)
    return [*differences.summary(result.changes, width=width), *shown]


def _changes_json(result: Locked) -> dict[str, Any]:
    from airlock_builder.cli import differences

    return {
        "folder": str(result.folder),
        "counts": differences.counts_json(result.changes),
        "changes": [difference.to_json() for difference in result.changes],
        "stale": list(result.stale),
        "missing": list(result.missing),
        "notes": list(result.notes),
        "taken": {file.download_url: str(file.checksum) for file in result.taken},
    }


def fetched(result: Fetched, seconds: float) -> Report:
    """How much was already there and how much came over the wire."""
    total = f"{result.present + result.new} files, {human(result.size)}"
    lines = [f"{total}: {result.present} in the store before, {result.new} fetched ({human(result.new_size)})"]
    lines += [f"not there any more, and not needed to build: {one}" for one in result.gone]
    data = {
        "present": result.present,
        "new": result.new,
        "bytes": result.size,
        "new_bytes": result.new_size,
        "seconds": round(seconds, 3),
        "gone": list(result.gone),
    }
    return lines, data


def built(result: Mastered) -> Report:
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
