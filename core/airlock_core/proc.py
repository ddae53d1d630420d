"""The one place that starts processes.

A command gets a built environment (nothing is inherited but PATH and what the caller names), standard input from
/dev/null, and a time limit; its exact command line goes to the log at debug level with secrets masked.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from airlock_core.errors import AirlockError, MachineError
from airlock_core.values import Value

log = logging.getLogger(__name__)

_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_TAIL = 30
_running: set[subprocess.Popen[bytes]] = set()


class Result(Value):
    """What a finished process left: its exit status and output."""

    command: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    def tail(self, lines: int = _TAIL) -> str:
        """The last lines of standard error, or of standard output where that is empty."""
        return "\n".join((self.stderr.strip() or self.stdout.strip()).splitlines()[-lines:])


class ProcessFailed(AirlockError):
    """A process ended with a status that the caller did not expect. Callers turn it into their own error."""

    def __init__(self, result: Result) -> None:
        super().__init__(
            f"{Path(result.command[0]).name} ended with status {result.status}",
            where=shlex.join(result.command),
            why=result.tail(),
        )
        self.result = result


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | BinaryIO | None = None,
    descriptors: Sequence[int] = (),
    expect: Sequence[int] = (0,),
    secrets: Sequence[str] = (),
) -> Result:
    """Run a command to its end.

    Args:
        command: program and arguments; the program is looked up on the built PATH.
        timeout: seconds until it is killed with all its children.
        env: variables beside PATH, HOME, LC_ALL=C.UTF-8 and TZ=UTC; they win over those.
        cwd: working folder.
        stdin: bytes for its standard input, or an open file (unbuffered) that it goes on reading; /dev/null where None.
        descriptors: open files that it gets under the same numbers.
        expect: exit statuses that are no failure.
        secrets: texts that are masked in log and errors.

    Raises:
        MachineError: the program is not on this machine, or ran out of time.
        ProcessFailed: it ended with another status.
    """
    words = [tool(str(command[0])), *map(str, command[1:])]
    shown = tuple(_mask(word, secrets) for word in words)
    log.debug("run: %s", shlex.join(shown))
    process = subprocess.Popen(
        words,
        env=environment(env),
        cwd=cwd,
        stdin=_source(stdin),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=descriptors,
    )
    _running.add(process)
    try:
        out, err = _communicate(process, stdin if isinstance(stdin, bytes) else None, timeout, shown)
    finally:
        _running.discard(process)
    result = Result(shown, process.returncode, _mask(_text(out), secrets), _mask(_text(err), secrets))
    if result.stderr:
        log.debug("stderr of %s: %s", Path(words[0]).name, result.stderr.rstrip())
    if result.status not in expect:
        raise ProcessFailed(result)
    return result


def end_all() -> None:
    """End what other threads run, whose callers get :class:`ProcessFailed`: the command was interrupted."""
    _signal_all(signal.SIGTERM)


def kill_all() -> None:
    """End what other threads run without asking it: this process is about to end, and none may outlive it."""
    _signal_all(signal.SIGKILL)


def _signal_all(number: signal.Signals) -> None:
    for process in list(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment that every process gets: no variable of the caller's but PATH and HOME."""
    path = os.pathsep.join(dict.fromkeys([*os.environ.get("PATH", "").split(os.pathsep), *_SYSTEM_PATH]))
    base = {"PATH": path, "HOME": os.environ.get("HOME", "/root"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    return {**base, **(extra or {})}


def tool(name: str) -> str:
    """The full path of a program.

    Raises:
        MachineError: it is not installed.
    """
    found = shutil.which(name, path=environment()["PATH"])
    if found is None:
        raise MachineError(f"the program {name} is not installed", todo="run `make setup`, or install its package")
    return found


def _source(stdin: bytes | BinaryIO | None) -> int | BinaryIO:
    if isinstance(stdin, bytes):
        return subprocess.PIPE
    return subprocess.DEVNULL if stdin is None else stdin


def _communicate(
    process: subprocess.Popen[bytes], stdin: bytes | None, timeout: float, shown: tuple[str, ...]
) -> tuple[bytes, bytes]:
    try:
        return process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise MachineError(
            f"{Path(shown[0]).name} did not end within {timeout:.0f} s", where=shlex.join(shown)
        ) from None
    finally:
        # also on Ctrl-C: no child outlives the command that started it
        if process.poll() is None:
            _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def _mask(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text
