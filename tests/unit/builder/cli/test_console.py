"""What goes to stdout and stderr, and how."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from airlock_builder.cli.console import Console, relative
from airlock_builder.cli.sinks import Bars, Lines
from airlock_core.errors import InputError
from airlock_core.progress import Step


def test_paths_in_the_current_folder_are_told_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(f"{tmp_path}/a/b.iso: bad, see {tmp_path}/c") == "a/b.iso: bad, see c"
    assert relative(f"{tmp_path}: up to date") == ".: up to date"
    assert (
        relative(f"{tmp_path}-other/x and http://host{tmp_path}/x") == f"{tmp_path}-other/x and http://host{tmp_path}/x"
    )


def test_results_go_to_stdout_and_notes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.result(["done"], {"done": True})
    console.note("note")
    assert capsys.readouterr() == ("done\n", "note\n")


def test_quiet_leaves_results_and_errors(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(quiet=True)
    with console.stage("fetch") as progress:
        progress(Step("fetch", "a", 1, 1, finished=True))
    console.error(InputError("bad", todo="mend it"))
    assert capsys.readouterr() == ("", "error: bad\n  do:  mend it\n")


def test_an_error_as_json_goes_to_stdout_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    Console(as_json=True).error(InputError("bad", where="m.yaml"))
    assert json.loads(capsys.readouterr().out) == {
        "error": {"what": "bad", "where": "m.yaml", "why": "", "do": ""},
        "exit": 3,
    }


def test_no_color_is_honoured_and_can_be_overruled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    Console(color="auto").error(InputError("bad"))
    assert "\x1b" not in capsys.readouterr().err
    monkeypatch.setenv("TERM", "xterm-256color")
    Console(color="always").error(InputError("bad"))
    assert "\x1b[1;31m" in capsys.readouterr().err


def test_what_is_not_a_terminal_gets_a_line_for_each_finished_subject(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines(Step("fetch", "a.rpm", 512, 1024))
    lines(Step("fetch", "a.rpm", 1024, 1024, finished=True))
    assert capsys.readouterr() == ("", "fetch  a.rpm  1.0 KiB\n")


@pytest.mark.parametrize(("width", "bar"), [(80, True), (50, False)])
def test_bars_fit_their_terminal(width: int, bar: bool) -> None:
    screen = StringIO()
    terminal = RichConsole(file=screen, force_terminal=True, width=width, height=24, color_system=None)
    with Bars(terminal) as bars:
        for number in range(3):
            bars(Step("fetch", f"{number}-{'long' * 30}@sha256:{'0' * 64}", 1 << 20, 3 << 20))
        bars._progress.refresh()
        rows = [task.description for task in bars._progress.tasks]
    assert len(rows) == 4, "three subjects and the line that counts"
    lines = screen.getvalue().replace("\r", "\n").splitlines()
    shown = [line for line in lines if "1.0 MiB of 3.0 MiB" in line]
    assert shown
    assert all("━" in line for line in shown) is bar
    assert all("longlong" in line for line in shown)


def test_a_finished_subject_leaves_the_bars() -> None:
    with Bars(RichConsole(file=StringIO(), force_terminal=True, width=80)) as bars:
        bars(Step("fetch", "a"))
        bars(Step("fetch", "b"))
        bars(Step("fetch", "a", finished=True))
        assert [task.description for task in bars._progress.tasks] == ["fetch", "  b"]
        assert bars._progress.tasks[0].fields["amount"] == "1 done"
