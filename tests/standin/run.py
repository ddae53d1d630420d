"""Run a tool for the stand-in: quiet when it works, its whole standard error when it fails."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

EPOCH = 1704067200  # 2024-01-01T00:00:00Z, the time of everything the stand-in makes
FAKED_TIME = "20240101T000000!"  # the same instant as gpg's --faked-system-time takes it, clock stopped

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": str(EPOCH),
}


class ToolFailed(Exception):
    """A tool ended with another status than 0; the text holds the command, the status and its output."""


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = 600,
) -> str:
    """Run ``command`` and return its standard output.

    ``env`` is added to a small fixed environment (nothing but HOME and TMPDIR is inherited), ``stdin`` is what
    the tool reads, ``timeout`` is in seconds.

    Raises ToolFailed when the tool's status is not 0, subprocess.TimeoutExpired when it takes too long.
    """
    words = [str(word) for word in command]
    inherited = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**inherited, **ENVIRONMENT, **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        raise ToolFailed(_complaint(words, done.returncode, done.stdout, done.stderr))
    return done.stdout.decode(errors="replace")


def _complaint(words: Sequence[str], status: int, stdout: bytes, stderr: bytes) -> str:
    tail = stdout.decode(errors="replace")[-4000:]
    return f"{shlex.join(words)}\nended with status {status}\n{tail}\n{stderr.decode(errors='replace')}"
