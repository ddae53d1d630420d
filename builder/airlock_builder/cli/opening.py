"""What several commands open first: the workbench of a manifest, and the folder of its locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from airlock_builder import pipeline
from airlock_builder.cli.options import Outlet, Pace, Settings
from airlock_builder.store import Store

if TYPE_CHECKING:
    from airlock_builder.manifest.model import Manifest
    from airlock_builder.pipeline import Workbench
    from airlock_core.progress import Progress


def locks_folder(settings: Settings, manifest: Manifest) -> Path:
    """Where a manifest's locks stand."""
    return settings.locks or pipeline.locks_folder(manifest, settings.manifest)


@contextmanager
def workbench(settings: Settings, manifest: Manifest, pace: Pace, progress: Progress) -> Iterator[Workbench]:
    """The ways to the upstreams of a manifest, as the options say."""
    opened = pipeline.workbench(
        manifest,
        Store(settings.store),
        settings.mirrors,
        offline=settings.offline,
        jobs=settings.jobs,
        per_host=pace.per_host,
        rate=pace.rate,
        progress=progress,
    )
    outlet = click.get_current_context().find_object(Outlet)
    if outlet:
        outlet.interrupts.hurry()
    with opened as bench:
        yield bench
