"""The commands' options, help and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from airlock_builder import pipeline
from airlock_builder.cli.main import airlock, main
from airlock_core.errors import ExitCode

ROOT = Path(__file__).parents[4]
SHARED = {
    "--manifest",
    "--locks",
    "--mirror",
    "--store",
    "--offline",
    "--jobs",
    "--json",
    "--quiet",
    "--verbose",
    "--color",
}


def commands(group: click.Group = airlock) -> Iterator[click.Command]:
    context = click.Context(group)
    for command in filter(None, (group.get_command(context, name) for name in group.list_commands(context))):
        if isinstance(command, click.Group):
            yield from commands(command)
        else:
            yield command


def ran(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: command.name)
def test_every_command_takes_the_common_options_and_explains_each_of_its_own(command: click.Command) -> None:
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert {name for option in options for name in option.opts} >= SHARED
    assert all(option.help for option in options)


def test_no_line_of_the_list_of_commands_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_no_command_is_wrong_use_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran() == ExitCode.USAGE
    assert "Commands:" in capsys.readouterr().err


def test_wrong_use_is_told_as_json_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("lint", "--json", "--nope") == ExitCode.USAGE
    assert json.loads(capsys.readouterr().out)["exit"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mumble"], "No such command 'mumble'"),
        (["lock", "--nope"], "No such option '--nope'"),
        (["lock", "-j", "99"], "99 is not in the range"),
        (["lock", "hello"], "package requests go with --dry-run"),
        (["fetch", "--mirror", "nowhere"], "--mirror: not a mirror: 'nowhere'"),
        (["verify"], "Missing argument 'MEDIUM'"),
    ],
)
def test_wrong_use_is_told_in_two_lines(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(*words) == ExitCode.USAGE
    what, todo = capsys.readouterr().err.splitlines()
    assert what.startswith("error: ")
    assert said in what
    assert todo.startswith("  do:  ")


def broken(*_: object) -> None:
    raise KeyError("oops")


def test_a_defect_shows_its_traceback_only_with_v(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "load", broken)
    assert ran("lint") == ExitCode.DEFECT
    told = capsys.readouterr().err
    assert told.startswith("error: a defect of airlock itself\n  why: KeyError: 'oops'\n")
    assert "Traceback" not in told
    assert ran("lint", "-qv") == ExitCode.DEFECT
    assert "Traceback" in capsys.readouterr().err


def test_the_place_of_the_store_can_come_from_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRLOCK_STORE", "/nowhere/store")
    assert ran("build", "iso", "-m", str(ROOT / "manifests/default.yaml")) == ExitCode.INPUT
    assert "/nowhere/store: the store lacks" in capsys.readouterr().err
