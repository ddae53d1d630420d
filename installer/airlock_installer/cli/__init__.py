"""The commands: they parse, call, print, and exit; nothing else does."""

from __future__ import annotations

import importlib
import sys

import click

from airlock_core.errors import AirlockError, ExitCode
from airlock_core.version import VERSION
from airlock_installer.cli.output import complain, complain_of_defect

_MODULES = {
    "appliance": "appliance",
    "check": "site",
    "doctor": "doctor",
    "drill": "drill",
    "install": "steps",
    "logs": "history",
    "media": "media",
    "ping": "ping",
    "prepare": "prepare",
    "report": "reports",
    "run": "steps",
    "schema": "site",
    "serve": "serve",
    "status": "history",
    "support-bundle": "support",
    "vault": "vault",
}
"""The module of each command, which is loaded when one of its commands is asked for."""


class _Commands(click.Group):
    """Commands that stand in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"{__name__}.{_MODULES[cmd_name]}")
        commands: tuple[click.Command, ...] = module.COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
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
        return 130
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except AirlockError as error:
        complain(error, "--json" in arguments)
        return int(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the one place where a defect ends
        complain_of_defect(error, "-v" in arguments)
        return int(ExitCode.DEFECT)
    return status if isinstance(status, int) else int(ExitCode.DONE)  # of click's Exit, which it takes itself
