"""The stand-in as a process of its own: started, found again and ended through files in its state folder.

pid    the process that serves
env    AIRLOCK_MIRROR='--mirror HOST=HOST:PORT …', there while it answers
log    what it printed
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Never

from tests.standin.upstream import prepare

ROOT = Path(__file__).parents[3]
VARIABLE = "AIRLOCK_MIRROR"
START_SECONDS = 180.0
STOP_SECONDS = 60.0


class NotRunning(Exception):
    """No stand-in serves from a state folder, or it would not start."""


def start(state: Path, *, big: bool) -> None:
    """Start a stand-in that outlives this process, unless one serves from ``state`` already.

    What it needs is made first, so that the wait is for the servers alone.
    Raises NotRunning when it ends or does not answer in time.
    """
    if _pid(state) is not None:
        return
    if not prepare.build(big=big):
        raise NotRunning("its material could not be made")
    _end_orphan(state)
    state.mkdir(parents=True, exist_ok=True)
    (state / "env").unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.standin", "serve", "--state", str(state.absolute())]
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(
            command if big else [*command, "--small"],
            cwd=ROOT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _wait_until_announced(process, state)


def stop(state: Path) -> None:
    """End the stand-in that serves from ``state``; that none does is no error."""
    pid = _pid(state)
    if pid is not None and not _end(pid, signal.SIGTERM):
        _end(pid, signal.SIGKILL)
    _end_orphan(state)
    for name in ("pid", "env"):
        (state / name).unlink(missing_ok=True)


def mirror_args(state: Path) -> str:
    """Return the ``--mirror`` options for the stand-in that serves from ``state``; raises NotRunning."""
    with suppress(FileNotFoundError):
        if _pid(state) is not None:
            text = (state / "env").read_text().strip()
            return shlex.split(text.removeprefix(f"{VARIABLE}="))[0]
    how = f"python -m tests.standin serve --background --state {state}"
    raise NotRunning(f"no stand-in serves from {state}; start one: {how}")


@contextmanager
def announced(state: Path, options: Sequence[str]) -> Iterator[None]:
    """Say in ``state`` that this process serves, and how it is reached, while the block runs."""
    (state / "pid").write_text(f"{os.getpid()}\n")
    partial = state / ".env.partial"
    partial.write_text(f"{VARIABLE}={shlex.quote(' '.join(options))}\n")
    partial.rename(state / "env")
    try:
        yield
    finally:
        for name in ("env", "pid"):
            (state / name).unlink(missing_ok=True)


def end_in_order() -> None:
    """Let SIGTERM and SIGHUP end this process as Ctrl-C does: what is open is closed on the way out."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))


def wait_for_end() -> Never:
    """Wait until a signal ends this process."""
    while True:
        time.sleep(1)  # and not forever: a signal that another thread catches is handled when this one runs


def _wait_until_announced(process: "subprocess.Popen[bytes]", state: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if (state / "env").exists():
            process.returncode = 0  # it is to outlive us: nobody here waits for it
            return
        time.sleep(0.02)
    process.terminate()
    raise NotRunning(f"it did not come up:\n{(state / 'log').read_text(errors='replace')[-4000:]}")


def _end_orphan(state: Path) -> None:
    """End the registry of a stand-in that was killed and could not do so itself."""
    registry = _read_pid(state / "registry" / "pid")
    if registry is not None and is_running(registry, str(state.absolute() / "registry")):
        _end(registry, signal.SIGTERM)


def _pid(state: Path) -> int | None:
    """Return the process that serves from ``state``, None when it is gone or another has its number now."""
    pid = _read_pid(state / "pid")
    return pid if pid is not None and is_running(pid, "tests.standin") else None


def _read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None


def is_running(pid: int, word: str) -> bool:
    """Whether process ``pid`` lives and ``word`` stands in its command line (empty for a zombie)."""
    return word.encode() in _cmdline(pid)


def _cmdline(pid: int) -> bytes:
    """Return the command line of process ``pid``: empty for a zombie, and for none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _end(pid: int, number: signal.Signals) -> bool:
    """Send a signal and return whether the process is gone soon after."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end:
        if not _cmdline(pid):
            return True
        time.sleep(0.02)
    return False
