"""Logs of runs: one folder a run, with what Ansible said and a file a node; bounded in count, age and size.

    000012-preflight/apply.log        what Ansible printed while the step was applied, each line with its time
    000012-preflight/gate.log         the same of its gate
    000012-preflight/nodes/NODE.log   task by task what came of it on that node

Whoever writes here has taken secrets out before.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from airlock_core import atomic
from airlock_installer.steps.events import Event, NodeTold, Note, Printed, Recap, TaskBegun

APPLY, GATE = "apply.log", "gate.log"
NODES = "nodes"
KEPT_RUNS, KEPT_DAYS, KEPT_BYTES = 20, 180, 512 << 20
"""Runs of each step, days and bytes in all from which on the oldest go."""
_FILE_BYTES = 64 << 20
"""Bytes from which on one file takes no more."""
_POLL = 0.2
_ODD = re.compile(r"[^\w.-]")


class RunLog:
    """The log of one playbook of a run.

    Args:
        folder: the run's.
        name: :data:`APPLY` or :data:`GATE`.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._files: dict[Path, IO[str]] = {}
        self._size: dict[Path, int] = {}

    def __enter__(self) -> RunLog:
        with atomic.disk_errors(self._folder):
            (self._folder / NODES).mkdir(parents=True, exist_ok=True, mode=0o750)
        return self

    def __exit__(self, *_: object) -> None:
        # What a full disk did not take is still to be written, and fails again.
        with contextlib.ExitStack() as stack:
            for path, file in self._files.items():
                stack.enter_context(atomic.disk_errors(path))
                stack.callback(file.close)

    def __call__(self, event: Event) -> None:
        """Keep what an event tells."""
        if isinstance(event, Printed | Recap):
            self._write(self._folder / self._name, event.lines)
        elif isinstance(event, TaskBegun):
            # Ansible prints a task's title with its first result, and some take long
            self._write(self._folder / self._name, [f"begins: {event.name}"])
        elif isinstance(event, Note):
            self._write(self._folder / self._name, [event.text])
        elif isinstance(event, NodeTold):
            said = [f"  {line}" for line in event.why.splitlines()]
            self._write(node_file(self._folder, event.node), [f"{event.result:<11} {event.task}", *said])

    def _write(self, path: Path, lines: Sequence[str]) -> None:
        stamp = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
        text = "".join(f"{stamp}  {line}".rstrip() + "\n" for line in lines)
        with atomic.disk_errors(path):
            if path not in self._files:
                self._files[path] = path.open("a", encoding="utf-8", errors="replace")
                path.chmod(0o640)
                self._size[path] = path.stat().st_size
            size, self._size[path] = self._size[path], self._size[path] + len(text.encode())
            if size < _FILE_BYTES <= self._size[path]:
                text += f"{stamp}  no more is kept of this: {_FILE_BYTES >> 20} MiB are full\n"
            if size < _FILE_BYTES:
                self._files[path].write(text)
                self._files[path].flush()


def node_file(folder: Path, node: str) -> Path:
    """The log of a node."""
    return folder / NODES / f"{_ODD.sub('_', node)}.log"


def files(folder: Path, node: str | None) -> list[Path]:
    """The logs of a run that there are, in the order in which they are to be read; those of one node alone."""
    wanted = [node_file(folder, node)] if node else [folder / APPLY, folder / GATE]
    return [path for path in wanted if path.is_file()]


def nodes(folder: Path) -> list[str]:
    """The nodes that have a log."""
    return sorted(path.stem for path in (folder / NODES).glob("*.log"))


def follow(paths: Callable[[], Iterable[Path]], is_over: Callable[[], bool]) -> Iterator[str]:
    """Lines of logs that are being written, until their run is over."""
    read: dict[Path, int] = {}
    while True:
        over = is_over()  # before the last look, so that nothing that was written is missed
        for path in paths():
            with path.open(encoding="utf-8", errors="replace") as file:
                file.seek(read.get(path, 0))
                while line := file.readline():
                    if not line.endswith("\n"):
                        break
                    read[path] = file.tell()
                    yield line.rstrip("\n")
        if over:
            return
        time.sleep(_POLL)


@dataclass(frozen=True)
class Kept:
    """The folder of a run.

    Args:
        began: seconds since 1970.
        size: bytes.
    """

    folder: Path
    step: str
    began: float
    size: int


def rotate(runs: Path, keep: Collection[Path], now: float) -> list[Path]:
    """Remove the folders that are beyond the bounds; which they were.

    Args:
        keep: folders that stay in any case: of each step's last run.
    """
    there = [_kept(folder) for folder in runs.iterdir() if folder.is_dir()] if runs.is_dir() else []
    gone = [kept.folder for kept in surplus(there, keep, now)]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return gone


def surplus(there: Iterable[Kept], keep: Collection[Path], now: float) -> list[Kept]:
    """The runs whose logs are too many, too old or, with all newer ones, too large."""
    of_step: dict[str, int] = {}
    size, gone = 0, []
    for kept in sorted(there, key=lambda each: each.began, reverse=True):
        of_step[kept.step] = of_step.get(kept.step, 0) + 1
        size += kept.size
        is_old = kept.began < now - KEPT_DAYS * 86400
        if kept.folder not in keep and (of_step[kept.step] > KEPT_RUNS or is_old or size > KEPT_BYTES):
            gone.append(kept)
            size -= kept.size
    return gone


def _kept(folder: Path) -> Kept:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Kept(folder, folder.name.partition("-")[2], folder.stat().st_mtime, size)
