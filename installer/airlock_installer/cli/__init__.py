"""The commands: they parse, call, print, and exit; nothing else does."""

from __future__ import annotations

import importlib
import sys

import click

from airlock_core.errors import AirlockError, ExitCode, MachineError, UsageError
from airlock_core.version import VERSION
from airlock_installer.cli.output import complain

_MODULES = {
    "media": "media",
    "serve": "serve",
    "prepare": "prepare",
    "check": "site",
    "vault": "vault",
    "ping": "ping",
    "install": "steps",
    "run": "steps",
    "drill": "drill",
    "status": "history",
    "logs": "history",
    "report": "reports",
    "doctor": "doctor",
    "support-bundle": "support",
    "schema": "site",
    "appliance": "appliance",
}
"""The module of each command, which is loaded when one of its commands is asked for; in the order in which people need
them."""
_EPILOG = """\b
Exit codes: 0 done, 1 a defect of airlock-site, 2 wrong use, 3 hosts or vars.yml, 4 the medium is damaged,
6 this machine, 8 a task failed, 9 a gate or doctor found something, 10 another run is at work.
"""


class _Commands(click.Group):
    """Commands that stand in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"{__name__}.{_MODULES[cmd_name]}")
        commands: tuple[click.Command, ...] = module.COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=_EPILOG
)
@click.version_option(VERSION, prog_name="airlock-site")
def cli() -> None:
    """Install a site from a medium, without a network."""


def main() -> None:
    """Run the command of ``sys.argv`` and exit with its code (contract, "Exit codes")."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str], commands: click.Group = cli) -> int:
    """Run one command; its exit code. Every failure becomes text here."""
    try:
        status = commands.main(arguments, prog_name="airlock-site", standalone_mode=False)
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return int(ExitCode.USAGE)
    except Exception as error:  # noqa: BLE001 - the one place where a failure ends, a defect too
        failure = _failure(error)
        complain(failure, "--json" in _own(arguments))
        return int(failure.exit_code)
    return status if isinstance(status, int) else int(ExitCode.DONE)  # of click's Exit, which it takes itself


def _own(arguments: list[str]) -> list[str]:
    """The arguments without those that are passed on."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _failure(error: Exception) -> AirlockError:
    """A failure in our words."""
    if isinstance(error, AirlockError):
        failure = error
    elif isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "airlock-site"
        failure = UsageError(error.format_message().rstrip("."), todo=f"see `{command} --help`")
    elif isinstance(error, OSError):  # nobody nearer had words for it: a full /tmp, too many open files
        what = error.strerror or str(error)
        failure = MachineError(what, where=str(error.filename or ""), todo="mend it and run again")
    else:
        why = f"{type(error).__name__}: {error}"
        todo = "run again with -v and report all that it prints"
        failure = AirlockError("a defect of airlock-site", why=why, todo=todo)
    failure.__cause__ = failure.__cause__ or (error if error is not failure else None)
    return failure
