"""What a command loads before it works: start-up time is that of its imports."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import click
import pytest

from airlock_installer import cli

NEEDLESS = {"pydantic", "ansible_runner"}


@pytest.mark.parametrize("words", [["media", "--help"], ["serve", "up", "--help"], ["ping", "--help"], ["--version"]])
def test_commands_of_the_boot_load_no_library_of_the_site_s_files(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from airlock_installer import cli\n"
        "assert cli.run(sys.argv[1:]) == 0\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], check=True, capture_output=True, text=True, timeout=60
    )
    assert not set(done.stderr.split()) & NEEDLESS


def test_every_command_of_every_module_can_be_asked_for() -> None:
    found = set[str]()
    for module in pkgutil.iter_modules(cli.__path__):
        commands = getattr(importlib.import_module(f"{cli.__name__}.{module.name}"), "COMMANDS", ())
        found |= {str(command.name) for command in commands}
    context = click.Context(cli.cli)
    assert set(cli.cli.list_commands(context)) == found
    assert all(cli.cli.get_command(context, name) for name in found)
