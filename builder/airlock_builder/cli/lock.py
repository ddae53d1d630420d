"""`airlock lock`: what a manifest resolves to, whole or in part; compared, or written for other tools."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from airlock_builder import pipeline
from airlock_builder.cli import report
from airlock_builder.cli.console import columns
from airlock_builder.cli.opening import locks_folder, workbench
from airlock_builder.cli.options import Pace, Settings, paced, shared

if TYPE_CHECKING:
    from airlock_builder.manifest.model import Manifest


@click.command(short_help="Resolve names and versions to digests: the locks.")
@click.option("--check", is_flag=True, help="Write nothing; exit 7 if the locks are out of date.")
@click.option("--dry-run", is_flag=True, help="Print the packages and their dependencies; write nothing.")
@click.option(
    "--update",
    multiple=True,
    metavar="GLOB",
    help="Move only what this names (package, image, chart, file) and what that forces; may be given several times.",
)
@click.option(
    "--export",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the locks that stand under the names that other tools open; nothing is resolved.",
)
@click.option(
    "--allow-rollback",
    multiple=True,
    metavar="REPO",
    help="Take this repository's metadata though it is older than the lock saw; may be given several times.",
)
@click.argument("requests", nargs=-1)
@paced
@shared
def lock(
    settings: Settings,
    pace: Pace,
    check: bool,
    dry_run: bool,
    update: tuple[str, ...],
    export: Path | None,
    allow_rollback: tuple[str, ...],
    requests: tuple[str, ...],
) -> None:
    """Resolve names and versions to digests: rpms.lock, images.lock, charts.lock, files.lock.

    REQUESTS are packages, for --dry-run in place of the manifest's own.
    """
    if requests and not dry_run:
        raise click.UsageError("package requests go with --dry-run")
    if sum((check, dry_run, export is not None)) > 1:
        raise click.UsageError("--check, --dry-run and --export exclude one another")
    if update and (dry_run or export):
        raise click.UsageError("--update goes with neither --dry-run nor --export")
    manifest = pipeline.load(settings.manifest)
    if export:
        written = pipeline.export(locks_folder(settings, manifest), export)
        settings.console.result(*report.exported(export, written))
    elif dry_run:
        _dry_run(settings, pace, manifest, requests)
    else:
        _lock(settings, pace, manifest, update, allow_rollback, check=check)


def _dry_run(settings: Settings, pace: Pace, manifest: Manifest, requests: Sequence[str]) -> None:
    notes: list[str] = []
    with settings.console.stage("lock") as progress, workbench(settings, manifest, pace, progress) as bench:
        packages = pipeline.closed_set(manifest, bench, requests, notes.append)
    for note in notes:
        settings.console.note(note)
    settings.console.result(*report.packages(packages))


def _lock(
    settings: Settings,
    pace: Pace,
    manifest: Manifest,
    update: Sequence[str],
    allow_rollback: Sequence[str],
    *,
    check: bool,
) -> None:
    folder = locks_folder(settings, manifest)
    with settings.console.stage("lock") as progress, workbench(settings, manifest, pace, progress) as bench:
        locked = pipeline.lock(manifest, bench, folder, update=update, allow_rollback=allow_rollback)
    for note in locked.notes:
        settings.console.note(note)
    everything = settings.console.verbose > 0
    if check:
        settings.console.result(*report.checked(locked, width=columns(sys.stderr), everything=everything))
    else:
        written = pipeline.write(locked)
        settings.console.result(*report.locked(locked, written, width=columns(sys.stdout), everything=everything))
