"""`airlock diff`: two media, releases or locks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from airlock_builder import answers
from airlock_builder.cli.console import columns
from airlock_builder.cli.options import Settings, shared
from airlock_builder.store import Store

if TYPE_CHECKING:
    from airlock_builder.audit.diff import Diff
    from airlock_builder.audit.subject import Subject

_SUBJECT = click.Path(path_type=Path)


@click.command(short_help="Compare two locks, releases or media.")
@click.argument("old", type=_SUBJECT)
@click.argument("new", type=_SUBJECT)
@click.option("--exit-code", is_flag=True, help="Exit 1 where they differ, 0 where not, as git does.")
@click.option(
    "--updateinfo",
    "known",
    type=_SUBJECT,
    multiple=True,
    metavar="FILE",
    help="Judge by these advisories (updateinfo.xml, packed or not) in place of those that the locks name.",
)
@shared
def diff(settings: Settings, old: Path, new: Path, exit_code: bool, known: tuple[Path, ...]) -> int:
    """Compare two locks of one kind, two folders of locks, or two media.

    Packages are compared by rpm's own rules. Newer metadata of the same packages is told and counts as no difference.
    The advisories are those of the updateinfo.xml that the locks name, as `airlock fetch` brought them: an advisory is
    gained where OLD has an older build than it names, and NEW has not; lost where it is the other way round.
    """
    found = answers.diff(old, new, Store(settings.store), known=known)
    settings.console.result(_lines(found, verbose=settings.console.verbose > 0), _json(found))
    return int(exit_code and found.differs)


def _lines(found: Diff, *, verbose: bool) -> list[str]:
    from airlock_builder.cli import differences

    width = columns(sys.stdout)
    lines = [f"old  {_named(found.old)}", f"new  {_named(found.new)}", ""]
    lines += differences.summary(found.differences, width=width) or ["no difference"]
    lines += differences.advisory_summary(found.advisories) if found.advisories else []
    lines += differences.unknown(found.unknown)
    lines += differences.groups(found.differences, width=width)
    return lines + (differences.advisory_groups(found.advisories, everything=verbose) if found.advisories else [])


def _named(subject: Subject) -> str:
    release = subject.release
    return (
        f"{subject.path}: {release.name} {release.version} (number {release.number})" if release else str(subject.path)
    )


def _json(found: Diff) -> dict[str, object]:
    from airlock_builder.cli import differences

    change = found.advisories
    advisories = (
        {
            "gained": [judged.to_json() for judged in change.gained],
            "lost": [judged.to_json() for judged in change.lost],
            "open": [judged.to_json() for judged in change.standing],
            "cves_gained": list(change.cves_gained),
            "cves_lost": list(change.cves_lost),
        }
        if change
        else None
    )
    return {
        "old": str(found.old.path),
        "new": str(found.new.path),
        "differs": found.differs,
        "counts": differences.counts_json(found.differences),
        "changes": [difference.to_json() for difference in found.differences],
        "advisories": advisories,
        "unknown": list(found.unknown),
    }
