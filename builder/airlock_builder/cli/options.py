"""The options that every command takes after its name (contract, "Options on all")."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from airlock_builder.cli.console import Console
from airlock_builder.cli.interrupts import Interrupts
from airlock_builder.pipeline import PER_HOST
from airlock_builder.store import default_root
from airlock_core import sizes
from airlock_core.errors import UsageError
from airlock_core.values import Value

Command = TypeVar("Command", bound=Callable[..., Any])

_DEFAULT_MANIFEST = Path("manifests/default.yaml")
_MAX_JOBS = 64
_JOBS = 8
_LEAST_RATE = 1024


class Settings(Value):
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
    jobs: int = _JOBS
    console: Console = field(default_factory=Console)


@dataclass
class Outlet:
    """Where :func:`main` tells how a run ended: by the options of its command, once they are known."""

    console: Console

    def __post_init__(self) -> None:
        self.interrupts = Interrupts(self.farewell)

    def farewell(self) -> str:
        """What is said when the run is interrupted."""
        return "" if self.console.quiet else "stopped; a second run goes on from here\n"


_FOLDER = click.Path(path_type=Path, file_okay=False)
_LOCKS = click.option(
    "--locks",
    type=_FOLDER,
    help="Folder of the locks.  [default: where the manifest says, else locks/NAME beside it]",
)
_SHARED = (
    click.option(
        "-m",
        "--manifest",
        type=click.Path(path_type=Path),
        default=_DEFAULT_MANIFEST,
        show_default=True,
        help="The release's manifest.",
    ),
    _LOCKS,
    click.option(
        "--mirror",
        "mirrors",
        multiple=True,
        metavar="HOST=HOST:PORT",
        help="Fetch from HOST:PORT what manifest and locks name at HOST, images too; may be given several times.",
    ),
    click.option(
        "--store",
        type=_FOLDER,
        envvar="AIRLOCK_STORE",
        help="Where fetched content is kept; runs may share it.  [default: $AIRLOCK_STORE, else ~/.cache/airlock]",
    ),
    click.option("--offline", is_flag=True, help="Use no network: the store and the metadata kept in it alone."),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1, _MAX_JOBS),
        metavar="N",
        default=_JOBS,
        show_default=True,
        help="Transfers at once, over all hosts.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the result, or the error, as JSON on stdout."),
    click.option("-q", "--quiet", is_flag=True, help="No progress and no notes: results and errors alone."),
    click.option("-v", "--verbose", count=True, help="Say more; -vv: also every command that is run, and its output."),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours; auto: on a terminal, unless NO_COLOR is set.",
    ),
)


class Pace(Value):
    """How much network a command may use.

    Args:
        per_host: transfers at once from one host.
        rate: bytes a second over all connections; None without a limit.
    """

    per_host: int = PER_HOST
    rate: int | None = None


def limited(command: Command) -> Command:
    """Give a command the option ``--limit-rate``, as the argument ``rate``."""
    return click.option(
        "--limit-rate",
        "rate",
        type=_Rate(),
        metavar="BYTES",
        help="Bytes a second over all connections, such as 500K or 1.5M.  [default: no limit]",
    )(command)


def paced(command: Command) -> Command:
    """Give a command the options on its use of the network, as one argument ``pace`` in place of them."""

    @click.option(
        "--per-host",
        type=click.IntRange(1, _MAX_JOBS),
        metavar="N",
        default=PER_HOST,
        show_default=True,
        help="Transfers at once from one host.",
    )
    @limited
    @functools.wraps(command)
    def inner(per_host: int, rate: int | None, **values: Any) -> Any:
        return command(pace=Pace(per_host, rate), **values)

    return inner  # type: ignore[return-value]


class _Rate(click.ParamType[int]):
    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            found = sizes.typed(str(value).removesuffix("/s"))
        except ValueError:
            found = 0
        if found < _LEAST_RATE:
            self.fail(f"{value!r} is no rate of at least {_LEAST_RATE} bytes a second; write it as 500K or 1.5M")
        return found


def shared(command: Command) -> Command:
    """Give a command the common options, as one argument ``settings`` in place of them."""
    return _with_options(command, _SHARED)


def shared_but_locks(command: Command) -> Command:
    """As :func:`shared`, for a command that has a ``--locks`` of its own, as the argument ``folders``."""
    return _with_options(command, [option for option in _SHARED if option is not _LOCKS])


def _with_options(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    @functools.wraps(command)
    def inner(**values: Any) -> Any:
        own = {key: value for key, value in values.items() if key not in _KEYS}
        common: dict[str, Any] = {key: values.get(key) for key in _KEYS}
        return command(settings=_settings(**common), **own)

    for option in reversed(options):
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
    console = Console(as_json=as_json, quiet=quiet, verbose=verbose, color=color)
    outlet = click.get_current_context().find_object(Outlet)
    if outlet:
        outlet.console = console
    return Settings(
        manifest=manifest,
        locks=locks,
        mirrors=dict(_mirror(text) for text in mirrors),
        store=store or default_root(),
        offline=offline,
        jobs=jobs,
        console=console,
    )


def _mirror(text: str) -> tuple[str, str]:
    host, equals, target = text.partition("=")
    if not (host and equals and target) or "/" in text:
        raise UsageError(f"not a mirror: {text!r}", where="--mirror", todo="write it as HOST=HOST:PORT")
    return host, target


def _log_to_stderr(verbose: int) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
    for noisy in ("urllib3", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
