"""Time and memory of whole processes, ours and a peer's in turn, so that both meet the same machine."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Command = Sequence[str | Path]


@dataclass
class Sample:
    """All runs of one command: seconds of wall time and KiB of peak memory, a value each run."""

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)

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
    mine, other = Sample(), Sample()
    for _ in range(runs):
        for command, sample in ((ours, mine), (theirs, other)):
            before()
            _run(command, sample)
    return Row(subject, mine, peer, other)


def _run(command: Command, sample: Sample) -> None:
    words = [str(word) for word in command]
    begin = time.monotonic()
    process = os.posix_spawnp(words[0], words, os.environ, file_actions=_quiet())
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"bench: status {os.waitstatus_to_exitcode(status)} from {' '.join(words)}")
    sample.seconds.append(time.monotonic() - begin)
    sample.memory.append(usage.ru_maxrss)


def _quiet() -> list[tuple[int, int, str, int, int]]:
    return [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
