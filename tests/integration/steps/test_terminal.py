"""What a terminal shows while steps run, and what stays on it."""

import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path

import pytest

from tests.integration.steps.bench import SECONDS, Bench
from tests.terminal import Terminal

pytestmark = [pytest.mark.integration, pytest.mark.long]

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(bench: Bench, *words: str, columns: int, awaited: str = "", **variables: str) -> str:
    """Run a command on a terminal of 24 lines, and let its steps go on once it shows a text; all that it sent there."""
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with bench.start(*words, terminal=its, variables={"TERM": "xterm-256color", **variables}) as process:
        os.close(its)
        found = b""
        with os.fdopen(own, "rb", buffering=0) as terminal:
            try:
                while piece := terminal.read(65536):
                    found += piece
                    if awaited in CONTROL.sub("", found.decode(errors="replace")):
                        bench.go()
            except OSError:  # what a terminal says when its last process has closed it
                pass
        assert process.wait(SECONDS) == 0, found.decode()
    return found.decode()


@pytest.mark.parametrize("columns", [50, 100])
def test_display_fits_goes_away_and_leaves_recap_and_result(bench: Bench, columns: int) -> None:
    bench.hold_back()
    # The display is drawn by the clock: a task that has ended by then is not on it.
    task = "Wait for the test  (task 2, "
    text = on_terminal(bench, "install", columns=columns, awaited=task)
    rows = [CONTROL.sub("", row) for row in re.split(r"[\r\n]+|\x1b\[\d*A", text)]
    frames = [row for row in rows if row.startswith(("install  ", "▸ ", "✓ ", "    "))]
    assert any(row.startswith("install  1 of 2 steps  ") for row in frames)
    assert any("of about 1:00" in row for row in frames if row.startswith("▸ one"))
    assert any(task in row for row in frames)
    assert [row for row in frames if len(row) > columns] == []
    left = Terminal(200).feed(text)
    assert left.cursor_is_shown
    assert left.text.count("PLAY RECAP") == 2
    assert re.search(r"^two: done in \d:\d\d; its gate passed on 2 nodes$", left.text, re.MULTILINE)
    assert left.text.splitlines()[-1] == "done: one, two"
    assert "▸" not in left.text


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_terminal_that_is_plain_gets_no_colours(bench: Bench, tmp_path: Path, variables: dict[str, str]) -> None:
    text = on_terminal(bench, "install", "--until", "one", columns=100, **variables)
    assert not re.search(r"\x1b\[(?:\d+;)*[34]\dm", text)
    assert ("\x1b" in text) is ("NO_COLOR" in variables)
