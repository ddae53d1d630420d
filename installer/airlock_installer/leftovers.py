"""Processes that outlive a run: when it was cut, ansible-playbook may be at work on nodes, or pip in a folder."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from airlock_core.errors import MachineError

VARIABLE = "AIRLOCK_RUN"
"""What every process of a run has in its environment: the run's own folder."""
_ASKED, _ENDED = 0.3, 5.0
"""Seconds for them to end by themselves, and when they were killed."""


def end(folder: Path) -> int:
    """End all processes of the run with a folder, and wait until they are gone; how many there were.

    ssh's own, which keep connections open for the next task, are ended too, but not counted.

    Raises:
        MachineError: one does not end.
    """
    found = set(_processes(folder))
    counted = {pid for pid in found if _name(pid) != "ssh"}
    for number, seconds in ((signal.SIGTERM, _ASKED), (signal.SIGKILL, _ENDED)):
        _signal(found, number)
        found = _after(folder, seconds)
        if not found:
            return len(counted)
    pids = ", ".join(map(str, sorted(found)))
    todo = "reboot this machine, or wait for what they wait for"
    raise MachineError(f"processes of a run that was cut do not end: {pids}", where=str(folder), todo=todo)


def _after(folder: Path, seconds: float) -> set[int]:
    """Which are left after some time, or as soon as none is."""
    deadline = time.monotonic() + seconds
    while (left := set(_processes(folder))) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _processes(folder: Path) -> Iterator[int]:
    """Processes of the run that have not ended (proc_pid_environ(5))."""
    wanted = f"{VARIABLE}={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # the environment of one that has ended is empty
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
