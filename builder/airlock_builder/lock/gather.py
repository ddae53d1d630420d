"""What the locks of images, charts and files share: requests with their options, and work done side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from airlock_core import proc
from airlock_core.errors import AirlockError, raise_all

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

MOST_FAULTS = 20
"""Errors that are told together; more say nothing new."""


class Requests(Generic[K]):
    """Things that are asked for, each once, by the release itself or by some of its options."""

    def __init__(self) -> None:
        self._options: dict[K, set[str | None]] = {}

    def add(self, key: K, option: str | None) -> None:
        """Note that an option (None: the release itself) asks for something."""
        self._options.setdefault(key, set()).add(option)

    def items(self) -> list[tuple[K, tuple[str, ...]]]:
        """Each thing with the options that ask for it; with none where the release itself does."""
        return [
            (key, () if None in options else tuple(sorted(option for option in options if option)))
            for key, options in self._options.items()
        ]


def gather(
    work: Callable[[K], T],
    subjects: Iterable[K],
    *,
    jobs: int,
    what: str,
    interrupt: Callable[[], None] = proc.end_all,
) -> list[T]:
    """Do the same work on each subject, some at once, in the order given; all are tried before a fault is raised.

    Args:
        jobs: how many at once; one alone is done in this thread.
        what: the faults in words, after their count.
        interrupt: makes running work end soon; called when this thread is interrupted.

    Raises:
        AirlockError: the work failed on one of them; :class:`Faults` where on several.
    """
    outcomes = _in_threads(work, subjects, jobs, interrupt) if jobs > 1 else [_outcome(work, one) for one in subjects]
    faults = [outcome for outcome in outcomes if isinstance(outcome, AirlockError)]
    raise_all(f"{len(faults)} {what}", _most(faults))
    return [outcome for outcome in outcomes if not isinstance(outcome, AirlockError)]


def _in_threads(
    work: Callable[[K], T], subjects: Iterable[K], jobs: int, interrupt: Callable[[], None]
) -> list[T | AirlockError]:
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(jobs)
    try:
        return list(pool.map(lambda subject: _outcome(work, subject), subjects))
    except BaseException:
        interrupt()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(work: Callable[[K], T], subject: K) -> T | AirlockError:
    try:
        return work(subject)
    except AirlockError as fault:
        return fault


def _most(faults: Sequence[AirlockError]) -> Sequence[AirlockError]:
    return faults[:MOST_FAULTS]
