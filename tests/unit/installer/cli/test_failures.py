"""How a command that fails is told: one JSON object with --json, words on stderr, the contract's exit code."""

from __future__ import annotations

import json
from typing import NoReturn

import click
import pytest

from airlock_core.errors import AirlockError, Faults, InputError, StepError
from airlock_installer import cli
from airlock_installer.cli.options import with_output
from airlock_installer.cli.output import Output

FULL = OSError(28, "No space left on device", "/tmp/x")


def command(raised: Exception) -> click.Group:
    @click.command()
    @click.argument("words", nargs=-1)
    @with_output
    def work(output: Output, words: tuple[str, ...]) -> NoReturn:
        raise raised

    return click.Group(commands={"work": work})


@pytest.mark.parametrize(
    ("raised", "words", "code", "what"),
    [
        (InputError("bad", where="hosts:3"), [], 3, "bad"),
        (FULL, [], 6, "No space left on device"),
        (KeyError("x"), [], 1, "a defect of airlock-site"),
        (KeyError("x"), ["--nonesuch"], 2, "No such option '--nonesuch'"),
        (Faults("two", [StepError("a"), StepError("b")]), [], 8, "two"),
    ],
)
def test_every_failure_is_one_object_with_its_exit_code(
    capsys: pytest.CaptureFixture[str], raised: Exception, words: list[str], code: int, what: str
) -> None:
    assert cli.run(["work", "--json", *words], command(raised)) == code
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert (answer["error"]["what"], answer["exit"]) == (what, code)
    assert told.err.startswith("error: ")
    assert "Traceback" not in told.err


def test_words_that_are_passed_on_ask_for_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["work", "--", "--json"], command(InputError("bad"))) == 3
    assert capsys.readouterr().out == ""


def test_what_was_looked_at_and_is_wrong_stand_in_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    @with_output
    def look(output: Output) -> None:
        output.failure(AirlockError("wrong", where="there"), {"seen": 1}, ["seen: 1"])

    group = click.Group(commands={"look": look})
    assert cli.run(["look", "--json"], group) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["seen"], answer["error"]["where"], answer["exit"]) == (1, "there", 1)
    assert cli.run(["look"], group) == 1
    assert capsys.readouterr() == ("seen: 1\n", "error: there: wrong\n")
