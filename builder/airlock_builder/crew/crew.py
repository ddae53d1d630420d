"""Many things done side by side, by threads that hold up nobody when the run is to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from airlock_builder.crew.schedule import Schedule
from airlock_builder.crew.task import Task
from airlock_core.errors import AirlockError, MachineError

MOST_FAULTS = 20
"""After so many failures the rest is not tried: the upstream is down, or the lock is of another time."""
GRACE = 0.5
"""Seconds that an interrupted run waits for its threads. What they had is kept; nothing hangs on their end."""


def run_all(tasks: Iterable[Task], *, jobs: int, per_host: int, interrupt: Callable[[], None]) -> list[AirlockError]:
    """Do all tasks, ``jobs`` at once and ``per_host`` of one host, the largest first; the failures by subject.

    One failure does not keep others from being done, but no space left does, and so do many.

    Args:
        interrupt: makes running tasks end soon; called when this thread is interrupted.
    """
    every = list(tasks)
    crew = _Crew(Schedule(every, per_host))
    try:
        crew.work(min(jobs, len(every)))
    except BaseException:
        crew.stop()
        interrupt()
        crew.wait(GRACE)
        raise
    return crew.faults()


class _Crew:
    """Threads that take tasks from a schedule until it is empty."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._changed = threading.Condition()
        self._faults: list[tuple[str, AirlockError]] = []
        self._defect: BaseException | None = None
        self._at_work = 0

    def work(self, count: int) -> None:
        """Have so many threads do all tasks.

        Raises:
            BaseException: a defect in one of them.
        """
        self._at_work = count
        for number in range(count):
            # daemons: a name that does not resolve, say, keeps its thread for a while and nobody waits for it at exit
            threading.Thread(target=self._run, name=f"crew-{number}", daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: self._at_work == 0)
        if self._defect:
            raise self._defect

    def stop(self) -> None:
        """Let no further task begin."""
        with self._changed:
            self._schedule.drop()
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for the end of all threads, so long at the most."""
        end = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(lambda: self._at_work == 0, timeout=end - time.monotonic())

    def faults(self) -> list[AirlockError]:
        """What failed, by subject."""
        return [fault for _, fault in sorted(self._faults, key=lambda one: one[0])]

    def _run(self) -> None:
        try:
            while task := self._take():
                fault = _outcome(task)
                self._ended(task, fault)
        except BaseException as defect:  # noqa: BLE001 - it is raised again in the thread that waits
            self._defect = defect
            self.stop()
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

    def _take(self) -> Task | None:
        with self._changed:
            while not self._schedule.is_empty:
                task = self._schedule.next()
                if task:
                    return task
                self._changed.wait()
        return None

    def _ended(self, task: Task, fault: AirlockError | None) -> None:
        with self._changed:
            self._schedule.done(task)
            if fault:
                self._faults.append((task.subject, fault))
            if isinstance(fault, MachineError) or len(self._faults) >= MOST_FAULTS:
                self._schedule.drop()
            self._changed.notify_all()


def _outcome(task: Task) -> AirlockError | None:
    try:
        task.work()
    except AirlockError as fault:
        return fault
    return None
