"""What a stage came to so far: counts, bytes, speed and time left, from events and the times at which they came."""

from __future__ import annotations

from collections import deque

from airlock_core.progress import Event, Notice, Outset, Step
from airlock_core.sizes import human
from airlock_core.values import Value

WINDOW = 10.0
"""Seconds over which the speed is taken: long enough not to jump, short enough to follow a change."""
_LONGEST_ETA = 100 * 3600
_VERBS = {"push": "pushed", "pull": "pulled"}


class _Sample(Value):
    at: float
    received: int


class Tally:
    """Counts events of one stage.

    Args:
        now: seconds, of a clock that never goes back; every method takes it anew.
    """

    def __init__(self, now: float) -> None:
        self.stage = ""
        self.retries = 0
        self.outset: Outset | None = None
        self.current: dict[str, Step] = {}
        self._begin(now)

    def take(self, event: Event, now: float) -> None:
        """Count an event."""
        if isinstance(event, Notice):
            self.retries += 1
        elif isinstance(event, Outset):
            self.stage, self.outset = event.stage, event
            self._begin(now)
        else:
            self._step(event)
        self._sample(now)

    @property
    def done(self) -> int:
        """Bytes that are there: present before, finished, and those of what is under way."""
        before = self.outset.present_size if self.outset else 0
        return before + self._whole + sum(step.done for step in self.current.values() if not step.unit)

    @property
    def received(self) -> int:
        """Bytes that came since the beginning, without those that an earlier run had left."""
        return self._brought + sum(max(0, step.done - step.kept) for step in self.current.values() if not step.unit)

    def speed(self, now: float) -> float:
        """Bytes a second of late."""
        oldest = self._samples[0]
        seconds = now - oldest.at
        return max(0.0, (self.received - oldest.received) / seconds) if seconds > 0 else 0.0

    def seconds_left(self, now: float) -> float | None:
        """How long the rest will take at that speed; None where nobody can say."""
        speed = self.speed(now)
        if not self.outset or not speed:
            return None
        left = max(0, self.outset.size - self.done) / speed
        return left if left < _LONGEST_ETA else None

    def fields(self, now: float) -> list[tuple[int, str]]:
        """The line that tells all in all, in parts, each with how soon it may be left out: 0 never, 9 first."""
        trouble = [(1, f"{self.failed} failed")] if self.failed else []
        trouble += [(6, _counted(self.retries, "retry"))] if self.retries else []
        if not self.outset:
            return [(0, self.stage), (1, f"{self.finished} done"), *trouble]
        left = self.seconds_left(now)
        return [
            (0, self.outset.stage),
            (1, f"{human(self.done)} of {human(self.outset.size)}"),
            (5, f"{human(int(self.speed(now)))}/s"),
            *([(2, f"ETA {clock(left)}")] if left is not None else []),
            (3, f"{self.outset.present + self.finished} of {_counted(self.outset.files, 'file')}"),
            *trouble,
        ]

    def present(self) -> str:
        """What is there already, as a line; empty where nothing is."""
        if not self.outset or not self.outset.present:
            return ""
        files = f"{self.outset.present} of {_counted(self.outset.files, 'file')}"
        return f"{self.stage}  present  {files}  {human(self.outset.present_size)} of {human(self.outset.size)}"

    def total(self, now: float) -> str:
        """What the stage came to, as a line; empty where it never said what it would do."""
        if not self.outset:
            return ""
        there = f"{self.outset.present + self.finished} of {_counted(self.outset.files, 'file')}"
        seconds = max(now - self._begun, 0.1)
        speed = f"{human(int(self.received / seconds))}/s"
        failed = [f"{self.failed} failed"] if self.failed else []
        verb = _VERBS.get(self.outset.stage, "fetched")
        fetched = [f"{self.finished} {verb}", *failed, human(self.received), f"{seconds:.1f} s", speed]
        return "  ".join([self.outset.stage, "total", there, *fetched])

    def _begin(self, now: float) -> None:
        self._begun = now
        self.finished = self.failed = self._whole = self._brought = 0
        self.current.clear()
        self._samples = deque([_Sample(now, 0)])

    def _step(self, step: Step) -> None:
        self.stage = step.stage
        if not (step.finished or step.failed):
            self.current[step.subject] = step
            return
        self.current.pop(step.subject, None)
        if step.failed:
            self.failed += 1
        elif not step.unit:
            self._whole += step.total
            self._brought += step.total - step.kept
        if step.finished and not (self.outset and step.unit):
            self.finished += step.files

    def _sample(self, now: float) -> None:
        """Keep a look at the bytes now and then, and one that is as old as the window."""
        if now - self._samples[-1].at >= WINDOW / 40:
            self._samples.append(_Sample(now, self.received))
        while len(self._samples) > 1 and now - self._samples[1].at >= WINDOW:
            self._samples.popleft()


def clock(seconds: float) -> str:
    """A duration as clocks show it: ``3:05``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _counted(count: int, noun: str) -> str:
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else many}"
