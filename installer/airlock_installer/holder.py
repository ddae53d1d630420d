"""Who holds the site: one run at a time, and whoever comes second is told of the first."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from airlock_core import atomic
from airlock_core.errors import HeldError

_RECORD = 1024
"""Bytes of what a holder says of itself: always as many, so that one write takes the place of another."""
_PATIENCE = 5.0
"""Seconds for a holder to say who it is; it does so first of all."""


@dataclass(frozen=True)
class Holder:
    """A run that holds the site.

    Args:
        pid: of its process.
        started: clock ticks from the boot to its start, by which a process is told from a later one of its number.
        user: who began it.
        since: seconds since 1970.
        command: what it is: ``install``, ``run preflight``.
        step: which step it is at; empty before the first.
    """

    pid: int
    started: int
    user: str
    since: float
    command: str
    step: str = ""

    @property
    def who(self) -> str:
        """Whose it is, and since when."""
        since = datetime.datetime.fromtimestamp(self.since, datetime.UTC)
        return f"of {self.user}, process {self.pid}, since {since:%Y-%m-%d %H:%M:%S} UTC"

    def __str__(self) -> str:
        return f"`{self.command}` {self.who}{f', at the step {self.step}' if self.step else ''}"


class Hold:
    """The site, held by this process."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor, self._holder = descriptor, holder
        self._write()

    def at(self, step: str) -> None:
        """Say which step is being run."""
        self._holder = replace(self._holder, step=step)
        self._write()

    def _write(self) -> None:
        record = json.dumps(asdict(self._holder)).encode().ljust(_RECORD - 1) + b"\n"
        os.pwrite(self._descriptor, record, 0)


@contextlib.contextmanager
def hold(path: Path, command: str) -> Iterator[Hold]:
    """Hold the site for the length of the block; a holder that died does not hold.

    Raises:
        HeldError: another process does; it is named.
    """
    with contextlib.ExitStack() as stack:
        descriptor = _locked(path, stack)
        ours = Holder(os.getpid(), _started(os.getpid()) or 0, user(), time.time(), command)
        yield Hold(descriptor, ours)


def present(path: Path) -> Holder | None:
    """Who holds the site now; None where nobody does, or where the holder has not yet said so."""
    try:
        holder = Holder(**json.loads(path.read_bytes()[:_RECORD]))
    except (OSError, ValueError, TypeError):
        return None
    return holder if _started(holder.pid) == holder.started else None


def user() -> str:
    """The person at work: behind sudo, too."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _locked(path: Path, stack: contextlib.ExitStack) -> int:
    deadline = time.monotonic() + _PATIENCE
    with atomic.disk_errors(path):
        while True:
            try:
                return stack.enter_context(atomic.locked(path))
            except BlockingIOError:
                # The file may still have the words of one who died before: only a living process holds it.
                holder = present(path)
            if holder or time.monotonic() > deadline:
                raise HeldError(
                    f"the site is held by {holder or 'a process that does not say who it is'}",
                    where=str(path),
                    todo="wait for it: `airlock-site status` and `airlock-site logs STEP --follow` show how far it is",
                )
            time.sleep(0.01)


def _started(pid: int) -> int | None:
    """When a process began, in clock ticks since the boot; None where it has ended (proc_pid_stat(5), field 22)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
