"""What the person at the console sees: one line a step, with the seconds since the start."""

import atexit
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TextIO

LOG_FOLDER = Path("/tmp")  # copied into the installed system at the end, as Anaconda does with its own
PROGRAM_LOG = LOG_FOLDER / "program.log"
INSTALL_LOG = LOG_FOLDER / "anaconda.log"
FAILED = "*** installation failed"  # what a test looks for in the serial log
DONE = "*** installation complete"

_start = time.monotonic()


def say(text: str) -> None:
    """Print ``text`` with the elapsed seconds, and keep it in the installer's log."""
    line = f"[{time.monotonic() - _start:6.1f}] {text}"
    print(line, flush=True)
    append(INSTALL_LOG, line)


def append(log: Path, text: str) -> None:
    """Add ``text`` and a line's end to the file ``log``."""
    file = _opened(log)
    file.write(text + "\n")
    file.flush()


@cache
def _opened(log: Path) -> TextIO:
    """Return ``log``, opened once: while rpm installs, this process is in the new system's root and finds no path."""
    file = log.open("a", encoding="utf-8", errors="replace")
    atexit.register(file.close)
    return file


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say that the step ``text`` begins, and when it is done how long it took."""
    say(f"{text} ...")
    began = time.monotonic()
    yield
    say(f"{text}: done in {time.monotonic() - began:.1f} s")


def tail_of_log(lines: int = 25) -> str:
    """Return the last ``lines`` of what programs printed."""
    if not PROGRAM_LOG.exists():
        return ""
    return "\n".join(PROGRAM_LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
