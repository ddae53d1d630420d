"""Where the time of playbooks went, from what the callback plugin of :mod:`bench.site.times` has written."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Times:
    """Seconds of a step's playbooks, medians of all runs.

    Args:
        start: from the command to the first task.
        tasks: by the tasks' names, the gate's among them.
    """

    start: float
    tasks: dict[str, float]

    def longest(self, count: int) -> list[str]:
        """The tasks that take longest, the longest first."""
        return sorted(self.tasks, key=lambda name: -self.tasks[name])[:count]

    def others(self, named: Sequence[str]) -> float:
        """Seconds of all tasks but those named."""
        return sum(seconds for name, seconds in self.tasks.items() if name not in named)


def read(path: Path) -> Times:
    """Read what the callback wrote, one line a playbook; a step's playbooks stand for one run together."""
    runs: dict[str, list[dict[str, float]]] = {}
    starts: dict[str, list[float]] = {}
    for line in path.read_text().splitlines():
        told = json.loads(line)
        runs.setdefault(told["playbook"], []).append(told["tasks"])
        starts.setdefault(told["playbook"], []).append(told["start"])
    path.unlink()
    tasks: dict[str, float] = {}
    for each in runs.values():
        for name in each[-1]:
            tasks[name] = tasks.get(name, 0.0) + statistics.median(one.get(name, 0.0) for one in each)
    return Times(sum(statistics.median(each) for each in starts.values()), tasks)
