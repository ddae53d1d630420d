"""The options that every command takes after its name (contract, "Options on all")."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from airlock_builder.cli.console import Console
from airlock_core.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])

_DEFAULT_MANIFEST = Path("manifests/default.yaml")
_MAX_JOBS = 64


@dataclass(frozen=True)
class Settings:
    """What the common options say.

    Args:
        manifest: the manifest's file.
        locks: the folder of the locks; None: where the manifest says.
        mirrors: ``HOST`` → ``HOST:PORT``.
        store: the store's folder.
        offline: no network: store and metadata cache alone.
        jobs: transfers at once.
        console: where results and progress go.
    """

    manifest: Path
    locks: Path | None
    mirrors: dict[str, str] = field(default_factory=dict)
    store: Path = Path()
    offline: bool = False
    jobs: int = 4
    console: Console = field(default_factory=Console)


_SHARED = (
    click.option("-m", "--manifest", type=click.Path(path_type=Path), default=_DEFAULT_MANIFEST, show_default=True),
    click.option("--locks", type=click.Path(path_type=Path, file_okay=False), help="Folder of the locks."),
    click.option("--mirror", "mirrors", multiple=True, metavar="HOST=HOST:PORT", help="Fetch from there."),
    click.option("--store", type=click.Path(path_type=Path, file_okay=False), envvar="AIRLOCK_STORE"),
    click.option("--offline", is_flag=True, help="Store and metadata cache alone."),
    click.option("-j", "--jobs", type=click.IntRange(1, _MAX_JOBS), default=4, show_default=True),
    click.option("--json", "as_json", is_flag=True, help="Results as JSON on stdout."),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
    click.option("-v", "--verbose", count=True, help="Say more; twice: every command that is run."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
)


def shared(command: Command) -> Command:
    """Give a command the common options, as one argument ``settings`` in place of them."""

    @functools.wraps(command)
    def inner(**values: Any) -> Any:
        own = {key: value for key, value in values.items() if key not in _KEYS}
        return command(settings=_settings(**{key: values[key] for key in _KEYS}), **own)

    for option in reversed(_SHARED):
        inner = option(inner)
    return inner  # type: ignore[return-value]


_KEYS = ("manifest", "locks", "mirrors", "store", "offline", "jobs", "as_json", "quiet", "verbose", "color")


def _settings(
    *,
    manifest: Path,
    locks: Path | None,
    mirrors: tuple[str, ...],
    store: Path | None,
    offline: bool,
    jobs: int,
    as_json: bool,
    quiet: bool,
    verbose: int,
    color: str,
) -> Settings:
    _log_to_stderr(verbose)
    return Settings(
        manifest=manifest,
        locks=locks,
        mirrors=dict(_mirror(text) for text in mirrors),
        store=store or default_store(),
        offline=offline,
        jobs=jobs,
        console=Console(as_json=as_json, quiet=quiet, verbose=verbose, color=color),
    )


def default_store() -> Path:
    """``$XDG_CACHE_HOME/airlock``, else ``~/.cache/airlock``."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "airlock"


def _mirror(text: str) -> tuple[str, str]:
    host, equals, target = text.partition("=")
    if not (host and equals and target) or "/" in text:
        raise UsageError(f"not a mirror: {text!r}", where="--mirror", todo="write it as HOST=HOST:PORT")
    return host, target


def _log_to_stderr(verbose: int) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
    for noisy in ("urllib3", "oras", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
