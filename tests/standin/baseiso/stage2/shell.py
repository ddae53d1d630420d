"""Run programs of the installer and of the system being installed; their output goes to program.log."""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from .console import PROGRAM_LOG, append
from .errors import InstallError

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root", "TERM": "dumb"}


def run(*command: str | Path, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
    """Run ``command`` and return its standard output.

    Raises InstallError with the command and its last words when its status is not 0.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        env={**ENVIRONMENT, **(env or {})},
        check=False,
    )
    log(f"# {shlex.join(words)} -> {done.returncode}\n{done.stdout}{done.stderr}")
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip()[-500:]
        raise InstallError(f"{shlex.join(words)} ended with status {done.returncode}: {last}")
    return done.stdout


def run_in(root: Path, *command: str | Path, stdin: str = "") -> str:
    """Run ``command`` inside the file system at ``root``; otherwise as run."""
    return run("chroot", root, *command, stdin=stdin)


def succeeds_in(root: Path, *command: str | Path) -> bool:
    """Return whether ``command`` inside ``root`` ends with status 0."""
    try:
        run_in(root, *command)
    except InstallError:
        return False
    return True


def follow(*command: str | Path, each_line: Callable[[str], None], env: Mapping[str, str] | None = None) -> int:
    """Run ``command``, hand each line that it prints to ``each_line`` at once, and return its status."""
    words = [str(word) for word in command]
    log(f"# {shlex.join(words)}")
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env={**os.environ, **ENVIRONMENT, **(env or {})},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            log(line.rstrip("\n"))
            each_line(line.rstrip("\n"))
    return process.returncode


def log(text: str) -> None:
    """Add ``text`` to the log of programs."""
    append(PROGRAM_LOG, text.rstrip("\n"))
