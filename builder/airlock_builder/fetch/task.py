"""One thing to fetch, and many of them done side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from airlock_core.errors import AirlockError, MachineError

MOST_FAULTS = 20
"""After so many failures the rest is not tried: the upstream is down, or the lock is of another time."""


@dataclass(frozen=True)
class Task:
    """One thing to fetch.

    Args:
        subject: what it is, for progress and errors.
        size: bytes, to begin with the largest.
        work: fetches it; raises AirlockError.
    """

    subject: str
    size: int
    work: Callable[[], None]


def run_all(tasks: Iterable[Task], *, jobs: int, interrupt: Callable[[], None]) -> list[AirlockError]:
    """Do all tasks, ``jobs`` at once, the largest first; the failures in the tasks' order.

    One failure does not keep others from being done, but no space left does, and so do many.

    Args:
        interrupt: makes running tasks end soon; called when this thread is interrupted.
    """
    ordered = sorted(tasks, key=lambda task: (-task.size, task.subject))
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="fetch")
    try:
        running = {pool.submit(_outcome, task): task for task in ordered}
        return _collect(running)
    except BaseException:
        interrupt()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _collect(running: dict[Future[AirlockError | None], Task]) -> list[AirlockError]:
    faults: dict[str, AirlockError] = {}
    left = set(running)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        for future in done - {one for one in done if one.cancelled()}:
            fault = future.result()
            if fault:
                faults[running[future].subject] = fault
        if len(faults) >= MOST_FAULTS or any(isinstance(fault, MachineError) for fault in faults.values()):
            left = {future for future in left if not future.cancel()}
    return [faults[subject] for subject in sorted(faults)]


def _outcome(task: Task) -> AirlockError | None:
    try:
        task.work()
    except AirlockError as fault:
        return fault
    return None
