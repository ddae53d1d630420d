"""Time and memory of whole processes, ours and a peer's in turn, so that both meet the same machine.

Both may keep the bytecode of what they import, as installed programs do, whatever the environment says.
"""

from __future__ import annotations

import json
import os
import shlex
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Command = Sequence[str | Path]

_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass
class Sample:
    """All runs of one command: seconds of wall and processor time, KiB of peak memory, bytes for disks; one each."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)

    @property
    def busy(self) -> float:
        """Median seconds of processor time, with that of its children."""
        return statistics.median(self.processor)

    @property
    def peak(self) -> float:
        """The highest peak memory in MiB."""
        return max(self.memory) / 1024


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    subject: str
    ours: Sample
    peer: str
    theirs: Sample

    def markdown(self) -> str:
        """The row as Markdown."""
        ratio = self.ours.median / self.theirs.median
        return (
            f"| {self.subject} | {self.ours.median:.2f} s, {self.ours.peak:.0f} MiB "
            f"| {self.peer} | {self.theirs.median:.2f} s, {self.theirs.peak:.0f} MiB | {ratio:.2f} |"
        )


def compare(
    subject: str,
    ours: Command,
    peer: str,
    theirs: Command,
    *,
    runs: int = 3,
    before: Callable[[], None] = lambda: None,
) -> Row:
    """Run two commands in turn.

    Args:
        subject: what is measured.
        ours, theirs: the commands.
        peer: the peer's name.
        runs: how often each.
        before: puts the state back before every run, such as an empty cache; not timed.
    """
    (row,) = compare_all(subject, ours, {peer: theirs}, runs=runs, before=before)
    return row


def compare_all(
    subject: str,
    ours: Command,
    peers: Mapping[str, Command],
    *,
    runs: int = 3,
    before: Callable[[], None] = lambda: None,
) -> list[Row]:
    """Run a command in turn with each of some peers, once a round; as :func:`compare`."""
    mine, others = Sample(), {peer: Sample() for peer in peers}
    for _ in range(runs):
        for command, sample in ((ours, mine), *((peers[peer], others[peer]) for peer in peers)):
            before()
            run(command, sample)
    return [Row(subject, mine, peer, sample) for peer, sample in others.items()]


def run(command: Command, sample: Sample) -> None:
    """Run a command to its good end, and add what it took to a sample."""
    words = [str(word) for word in command]
    launch: list[str | Path] = [sys.executable, "-I", "-S", _LAUNCH, *words]
    launched = subprocess.run(launch, stdout=subprocess.PIPE, check=True, env=environment())
    told, _, last = launched.stdout.decode(errors="replace").rstrip().rpartition("\n")
    taken = json.loads(last)
    if taken["status"] != 0:
        raise SystemExit(f"bench: status {taken['status']} from {shlex.join(words)}\n{told[-2000:]}")
    sample.seconds.append(taken["seconds"])
    sample.processor.append(taken["processor"])
    sample.memory.append(taken["memory"])
    sample.written.append(taken["written"])


def environment() -> dict[str, str]:
    """Our own environment, less what keeps a program from keeping its bytecode."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
