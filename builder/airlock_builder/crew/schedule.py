"""In which order tasks are done: the largest first, and no host asked for more at once than it should be."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from airlock_builder.crew.task import Task


class Schedule:
    """Tasks that wait, by host. Nothing here waits or fetches itself.

    A free worker gets the largest task of the host that is asked for least just now; among such hosts, of the one with
    the most bytes left. So a slow host holds up as many workers as it may have, and all others serve the rest.

    Args:
        tasks: what is to be done.
        per_host: tasks at once of one host. What has no host, such as a local file, is not counted.
    """

    def __init__(self, tasks: Iterable[Task], per_host: int) -> None:
        self._per_host = per_host
        self._running: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._waiting: dict[str, deque[Task]] = {}
        for task in sorted(tasks, key=lambda task: (-task.size, task.subject)):
            self._waiting.setdefault(task.host, deque()).append(task)
            self._left[task.host] += task.size

    @property
    def is_empty(self) -> bool:
        """Whether no task waits."""
        return not self._waiting

    def next(self) -> Task | None:
        """Take the task to begin now; None while every host that has one waiting is asked for enough."""
        free = [host for host in self._waiting if not host or self._running[host] < self._per_host]
        if not free:
            return None
        host = min(free, key=lambda host: (self._running[host], -self._left[host], host))
        task = self._waiting[host].popleft()
        if not self._waiting[host]:
            del self._waiting[host]
        self._running[host] += 1
        self._left[host] -= task.size
        return task

    def done(self, task: Task) -> None:
        """Note that a task has ended."""
        self._running[task.host] -= 1

    def drop(self) -> None:
        """Let no further task begin."""
        self._waiting.clear()
