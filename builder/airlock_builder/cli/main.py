"""`airlock`: the commands of the connected side (contract, "airlock")."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from airlock_builder import pipeline
from airlock_builder.cli import report
from airlock_builder.cli.console import Console
from airlock_builder.cli.options import Settings, shared
from airlock_builder.manifest.model import Manifest
from airlock_builder.pipeline import Workbench
from airlock_builder.store import Store
from airlock_core.errors import AirlockError, ExitCode, raise_all
from airlock_core.progress import Progress
from airlock_core.version import VERSION

_MEDIUM = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, prog_name="airlock")
def airlock() -> None:
    """Locks RPMs, images, charts and files, and masters them into a bootable ISO that needs no network."""


@airlock.command()
@shared
def lint(settings: Settings) -> None:
    """Check manifest and kickstarts: schema and meaning, no network."""
    manifest = pipeline.load(settings.manifest)
    findings = pipeline.lint(manifest)
    for fault in findings.warnings:
        settings.console.warning(fault)
    raise_all(f"{settings.manifest}: {len(findings.faults)} faults", findings.faults)
    settings.console.result([f"{settings.manifest}: good"], {"manifest": str(settings.manifest), "faults": []})


@airlock.command()
@shared
def plan(settings: Settings) -> None:
    """Say what a build will need: counts, sizes, disk; nothing is fetched."""
    manifest = pipeline.load(settings.manifest)
    planned = pipeline.plan_build(manifest, _locks_folder(settings, manifest))
    settings.console.result(planned.lines(), planned.to_json())


@airlock.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 7 where the locks are out of date.")
@click.option("--dry-run", is_flag=True, help="Print the closed set of packages; nothing else is fetched or written.")
@click.argument("requests", nargs=-1)
@shared
def lock(settings: Settings, check: bool, dry_run: bool, requests: tuple[str, ...]) -> None:
    """Resolve names and versions to digests: rpms.lock, images.lock, charts.lock, files.lock."""
    if requests and not dry_run:
        raise click.UsageError("package requests go with --dry-run")
    manifest = pipeline.load(settings.manifest)
    with settings.console.stage("lock") as progress, _workbench(settings, manifest, progress) as bench:
        if dry_run:
            packages = pipeline.closed_set(manifest, bench, requests)
        else:
            locked = pipeline.lock(manifest, bench, _locks_folder(settings, manifest))
    if dry_run:
        settings.console.result(*report.packages(packages))
    elif check:
        pipeline.check(locked)
        settings.console.result([f"{locked.folder}: up to date"], {"changes": []})
    else:
        written = pipeline.write(locked)
        settings.console.result(*report.locked(locked, written))


@airlock.command()
@shared
def fetch(settings: Settings) -> None:
    """Bring locked content into the store, verified; a run that was cut goes on where it stopped."""
    manifest = pipeline.load(settings.manifest)
    locks = pipeline.read_locks(_locks_folder(settings, manifest))
    with settings.console.stage("fetch") as progress, _workbench(settings, manifest, progress) as bench:
        fetched = pipeline.fetch(manifest, locks, bench)
    settings.console.result(*report.fetched(fetched))


@airlock.group()
def build() -> None:
    """Make a medium from locks and store alone."""


@build.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: <name>-<version>.iso.")
@click.option("--with", "chosen", multiple=True, metavar="OPTION", help="Only these options of the manifest.")
@click.option("--without", "left_out", multiple=True, metavar="OPTION", help="All options but these.")
@shared
def iso(settings: Settings, output: Path | None, chosen: tuple[str, ...], left_out: tuple[str, ...]) -> None:
    """Master an ISO, with its digest and release document beside it."""
    manifest = pipeline.load(settings.manifest)
    locks = pipeline.read_locks(_locks_folder(settings, manifest))
    target = output or Path(f"{manifest.metadata.name}-{manifest.metadata.version}.iso")
    options = pipeline.options_of(manifest, chosen, left_out)
    with settings.console.stage("build") as progress:
        built = pipeline.build_iso(manifest, locks, _store(settings), target, options, progress)
    settings.console.result(*report.built(built))


@airlock.command()
@click.argument("medium", type=_MEDIUM)
@shared
def verify(settings: Settings, medium: Path) -> None:
    """Check every byte of an ISO against its own manifest: no mount, no root, no network."""
    with settings.console.stage("verify") as progress:
        verified = pipeline.verify(medium, tell=progress)
    settings.console.result(verified.lines(), verified.to_json())


@airlock.command()
@click.argument("subject", type=_MEDIUM, metavar="MEDIUM|LOCK")
@shared
def inspect(settings: Settings, subject: Path) -> None:
    """Say what is on an ISO or in a lock."""
    inventory = pipeline.inspect(subject)
    settings.console.result(inventory.lines(), inventory.to_json())


@airlock.command()
@shared
def schema(settings: Settings) -> None:
    """Print the JSON Schema of the manifest, for editors."""
    described = pipeline.schema()
    Console(as_json=True).result([], described)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with the contract's code; the one place that turns errors into text."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(as_json="--json" in words, verbose=int(any(word.startswith("-v") for word in words)))
    try:
        status = airlock.main(words, prog_name="airlock", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else ExitCode.DONE)
    except click.exceptions.Abort:
        click.echo("stopped; a second run goes on from here", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except AirlockError as error:
        console.error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.DONE)
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of ours, told without a traceback
        console.error(_defect(error))
        if console.verbose:
            traceback.print_exc()
        sys.exit(ExitCode.DEFECT)


def _defect(error: Exception) -> AirlockError:
    return AirlockError(
        "a defect of airlock itself",
        why=f"{type(error).__name__}: {error}",
        todo="run again with -v and send the whole output to the maintainers",
    )


def _locks_folder(settings: Settings, manifest: Manifest) -> Path:
    return settings.locks or pipeline.locks_folder(manifest, settings.manifest)


def _store(settings: Settings) -> Store:
    return Store(settings.store)


@contextmanager
def _workbench(settings: Settings, manifest: Manifest, progress: Progress) -> Iterator[Workbench]:
    opened = pipeline.workbench(
        manifest, _store(settings), settings.mirrors, offline=settings.offline, jobs=settings.jobs, progress=progress
    )
    with opened as bench:
        yield bench
