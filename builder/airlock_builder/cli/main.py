"""`airlock`: the commands of the connected side (contract, "airlock")."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from airlock_builder import pipeline
from airlock_builder.cli import report
from airlock_builder.cli.console import Console
from airlock_builder.cli.opening import locks_folder, workbench
from airlock_builder.cli.options import Outlet, Pace, Settings, limited, paced, shared
from airlock_builder.store import Store
from airlock_core import proc
from airlock_core.errors import AirlockError, ExitCode, MachineError, UsageError, raise_all
from airlock_core.version import VERSION

_MEDIUM = click.Path(path_type=Path)
_EPILOG = """\b
Exit codes: 0 done, 1 a defect of airlock, 2 wrong use, 3 bad input, 4 verification failed,
5 upstream or network, 6 this machine (space, tools, rights), 7 locks out of date,
10 another run holds what this one needs.
"""


_ELSEWHERE = {"diff": "diff", "lock": "lock", "pull": "shipping", "push": "shipping", "store": "store", "why": "why"}
"""Commands with a module of their own, which is loaded when one of them is asked for."""


class _Commands(click.Group):
    """Commands, of which some stand elsewhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"airlock_builder.cli.{_ELSEWHERE[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=_EPILOG
)
@click.version_option(VERSION, prog_name="airlock")
def airlock() -> None:
    """Locks RPMs, images, charts and files, and masters them into a bootable ISO that needs no network."""


@airlock.command(short_help="Check manifest and kickstarts: schema and meaning, no network.")
@shared
def lint(settings: Settings) -> None:
    """Check manifest and kickstarts: schema and meaning, no network.

    With locks also the images that charts in the store use: those that no lock holds are listed.
    """
    manifest = pipeline.load(settings.manifest)
    findings = pipeline.lint(manifest)
    for fault in findings.warnings:
        settings.console.warning(fault)
    raise_all(f"{len(findings.faults)} faults in {settings.manifest}", findings.faults)
    folder = locks_folder(settings, manifest)
    locks = pipeline.read_locks(folder) if pipeline.has_locks(folder) else None
    survey = pipeline.used_images(manifest, locks, _store(settings), manifest.options) if locks else None
    for note in survey.notes if survey else ():
        settings.console.note(note)
    settings.console.result(*report.linted(settings.manifest, survey))


@airlock.command(short_help="Say what a build will need.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where the ISO will be.  [default: here]"
)
@limited
@shared
def plan(settings: Settings, output: Path | None, rate: int | None) -> None:
    """Say what a build will need: counts, bytes to fetch, disk; with --limit-rate, how long. Nothing is fetched."""
    manifest = pipeline.load(settings.manifest)
    planned = pipeline.plan_build(
        manifest,
        locks_folder(settings, manifest),
        Store(settings.store),
        output or Path("release.iso"),
        mirrors=settings.mirrors,
        rate=rate,
    )
    settings.console.result(planned.lines(), planned.to_json())


@airlock.command(short_help="Bring locked content into the store, verified.")
@click.option("--verify", is_flag=True, help="Read what is in the store already too; fetch anew what is damaged.")
@paced
@shared
def fetch(settings: Settings, pace: Pace, verify: bool) -> None:
    """Bring locked content into the store, verified; a run that was cut goes on where it stopped."""
    manifest = pipeline.load(settings.manifest)
    locks = pipeline.read_locks(locks_folder(settings, manifest))
    with settings.console.stage("fetch") as progress, workbench(settings, manifest, pace, progress) as bench:
        fetched = pipeline.fetch(manifest, locks, bench, verify=verify)
    settings.console.result(*report.fetched(fetched, settings.console.times["fetch"]))


@airlock.group()
def build() -> None:
    """Make a medium from locks and store alone."""


@build.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The ISO.  [default: NAME-VERSION.iso]"
)
@click.option("--with", "chosen", multiple=True, metavar="OPTION", help="Only these options of the manifest.")
@click.option("--without", "left_out", multiple=True, metavar="OPTION", help="All options but these.")
@shared
def iso(settings: Settings, output: Path | None, chosen: tuple[str, ...], left_out: tuple[str, ...]) -> None:
    """Master an ISO, with its digest and release document beside it."""
    manifest = pipeline.load(settings.manifest)
    locks = pipeline.read_locks(locks_folder(settings, manifest))
    target = output or Path(f"{manifest.metadata.name}-{manifest.metadata.version}.iso")
    options = pipeline.options_of(manifest, chosen, left_out)
    with settings.console.stage("build") as progress:
        built = pipeline.build_iso(manifest, locks, _store(settings), target, options, progress)
    settings.console.result(*report.built(built))


@airlock.command(short_help="Check every byte of an ISO against its manifest.")
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
    outlet = Outlet(Console(as_json="--json" in words))
    with outlet.interrupts.armed():
        status = _status(words, outlet)
    gc.freeze()  # or the end of the program would look through all values once more
    sys.exit(status)


def _status(words: Sequence[str], outlet: Outlet) -> int:
    try:
        status = airlock.main(list(words), prog_name="airlock", standalone_mode=False, obj=outlet)
    except (click.exceptions.Abort, KeyboardInterrupt):
        proc.kill_all()
        sys.stderr.write(outlet.farewell())
        return outlet.interrupts.status
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        outlet.console.error(_misuse(error))
        return ExitCode.USAGE
    except AirlockError as error:
        outlet.console.error(error)
        return error.exit_code
    except OSError as error:
        outlet.console.error(_of_machine(error))
        return ExitCode.MACHINE
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of ours, told without a traceback
        outlet.console.error(_defect(error))
        if outlet.console.verbose:
            import traceback

            traceback.print_exc()
        return ExitCode.DEFECT
    return status if isinstance(status, int) else ExitCode.DONE


def _misuse(error: click.ClickException) -> AirlockError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "airlock"
    return UsageError(error.format_message().rstrip("."), todo=f"see `{command} --help`")


def _of_machine(error: OSError) -> AirlockError:
    """A failure of the system that nobody nearer had words for: a full /tmp, too many open files."""
    return MachineError(error.strerror or str(error), where=str(error.filename or ""), todo="mend it and run again")


def _defect(error: Exception) -> AirlockError:
    return AirlockError(
        "a defect of airlock itself",
        why=f"{type(error).__name__}: {error}",
        todo="run again with -v and send the whole output to the maintainers",
    )


def _store(settings: Settings) -> Store:
    return Store(settings.store)
