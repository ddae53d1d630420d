"""What a terminal shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tests.integration.cli.airlock import PROGRAM, SECONDS, UNHELD, Airlock
from tests.integration.cli.test_update import Repo, manifest, repo, rpm
from tests.standin.upstream import Upstream
from tests.terminal import Terminal

__all__ = ["repo"]

pytestmark = pytest.mark.integration

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOR = re.compile(r"\x1b\[(?:\d+;)*[34]\d(?:;\d+)*m")


def on_terminal(airlock: Airlock, *words: str | Path, columns: int, **env: str) -> str:
    """Run a command on a terminal of 24 lines; all that it sent there."""
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**airlock.environment, "TERM": "xterm-256color", **env}
    command = [str(word) for word in (*UNHELD, PROGRAM, *words, *airlock.mirrors)]
    with subprocess.Popen(command, cwd=airlock.folder, env=environment, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        text = _all_of(own)
        assert process.wait(SECONDS) == 0, text
    return text


def _all_of(descriptor: int) -> str:
    found = b""
    with os.fdopen(descriptor, "rb", buffering=0) as terminal:
        try:
            while piece := terminal.read(65536):
                found += piece
        except OSError:  # what a terminal says when its last process has closed it
            pass
    return found.decode()


@pytest.mark.parametrize("columns", [40, 80])
def test_progress_fits_the_width_and_goes_away(at_root: Airlock, upstream: Upstream, columns: int) -> None:
    upstream.faults.slow("/small/files/blob.bin", seconds=0.3, chunk=1000)
    text = on_terminal(at_root, "fetch", columns=columns)
    drawn = [CONTROL.sub("", row) for row in re.split(r"[\r\n]+|\x1b\[\d*A", text)]
    frames = [row for row in drawn if row.startswith(("  ", "fetch  ")) and "total" not in row]
    assert any("blob.bin" in row for row in frames)
    assert [row for row in frames if len(row) > columns] == []
    left = Terminal(200).feed(text)
    total, result = left.text.splitlines()
    assert re.fullmatch(r"fetch  total  (\d+) of \1 files  \1 fetched  1\.7 MiB  [\d.]+ s  [\d.]+ [KM]iB/s", total)
    assert re.fullmatch(r"(\d+) files, 1\.7 MiB: 0 in the store before, \1 fetched \(1\.7 MiB\)", result)
    assert left.cursor_is_shown


def test_no_color_leaves_no_colour(at_root: Airlock) -> None:
    assert not COLOR.search(on_terminal(at_root, "fetch", columns=80, NO_COLOR="1"))


@pytest.mark.parametrize(("columns", "rows"), [(80, 2), (120, 1)])
def test_what_changed_takes_the_width_of_the_terminal(airlock: Airlock, repo: Repo, columns: int, rows: int) -> None:
    lib = "a-library-of-a-rather-long-name"
    repo.holds(*(rpm(name, "1") for name in ("app", lib)))
    path = manifest(airlock, repo, "app", lib)
    path.write_text(path.read_text().replace("name: lib", f"name: {lib}"))
    airlock("lock", "-m", path)
    repo.holds(rpm("app", "2", f"Requires: {lib} = 2"), rpm(lib, "2"))
    text = CONTROL.sub("", on_terminal(airlock, "lock", "-m", path, "--update", "app", columns=columns))
    told = [line for line in text.splitlines() if lib in line and "noarch" in line]
    assert len(told) == rows, "the move, and behind it or below it what required it"


def test_a_dumb_terminal_gets_plain_lines(at_root: Airlock) -> None:
    text = on_terminal(at_root, "fetch", columns=80, TERM="dumb")
    assert "\x1b" not in text
    assert "fetch  hello-1.1-1.x86_64.rpm  6.3 KiB" in text
