"""What goes to stdout and stderr, and how."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import struct
import termios
from pathlib import Path

import pytest

from airlock_builder.cli.console import Console, columns, relative
from airlock_builder.cli.sinks import Lines
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


@pytest.mark.parametrize(("wide", "used"), [(120, 120), (20, 60), (900, 160), (0, 80)])
def test_text_takes_the_width_of_its_terminal_within_bounds(wide: int, used: int) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, wide, 0, 0))
    with os.fdopen(theirs, "w") as terminal:
        assert columns(terminal) == used
    os.close(ours)


def test_text_takes_eighty_columns_where_there_is_no_terminal(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        assert (columns(file), columns(io.StringIO())) == (80, 80)
