"""The commands: they parse, call, print, and exit; nothing else does."""

from __future__ import annotations

import sys

import click

from airlock_core.errors import AirlockError, ExitCode
from airlock_core.version import VERSION
from airlock_installer.cli import (
    appliance,
    doctor,
    history,
    media,
    ping,
    prepare,
    reports,
    serve,
    site,
    steps,
    support,
    vault,
)
from airlock_installer.cli.output import complain, complain_of_defect


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(VERSION, prog_name="airlock-site")
def cli() -> None:
    """Install a site from a medium, without a network."""


for command in (
    prepare.prepare,
    vault.vault,
    ping.ping,
    doctor.doctor,
    support.support_bundle,
    *site.COMMANDS,
    *steps.COMMANDS,
    *history.COMMANDS,
    *reports.COMMANDS,
    media.media,
    serve.serve,
    appliance.appliance,
):
    cli.add_command(command)


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
