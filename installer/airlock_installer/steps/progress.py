"""How far an installation is, gathered from events: what a display shows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from airlock_installer.steps.events import (
    CHANGED,
    Event,
    GateBegun,
    NodeBegun,
    NodeTold,
    Planned,
    StepBegun,
    StepEnded,
    TaskBegun,
)

WAITING, RUNNING = "waiting", "running"
AT_WORK = "at work"


@dataclass
class StepState:
    """One step: ``state`` is waiting, running, or how it ended; ``seconds`` what it took."""

    name: str
    title: str
    typical: float
    state: str = WAITING
    seconds: float = 0.0


@dataclass
class Task:
    """What is being done now, and on which nodes; times are of the clock that events come with."""

    name: str = ""
    since: float = 0.0
    number: int = 0
    nodes: dict[str, str] = field(default_factory=dict)


@dataclass
class Progress:
    """The whole.

    Args:
        began: when, of a clock that never goes back.
    """

    began: float
    command: str = ""
    steps: dict[str, StepState] = field(default_factory=dict)
    current: str = ""
    since: float = 0.0
    in_gate: bool = False
    task: Task = field(default_factory=Task)
    last_change: tuple[str, str, float] | None = None

    def take(self, event: Event, now: float) -> None:
        """Take one event into account."""
        if isinstance(event, Planned):
            self.command = event.command
            self.steps = {name: StepState(name, title, seconds) for name, title, _, seconds in event.steps}
        elif isinstance(event, StepBegun):
            self._begin(event.step, now)
        elif isinstance(event, GateBegun):
            self.in_gate, self.task = True, Task(since=now)
        elif isinstance(event, StepEnded):
            self._end(event)
        else:
            self._take_task(event, now)

    def elapsed(self, now: float) -> float:
        """Seconds of the current step."""
        return now - self.since

    @property
    def results(self) -> Mapping[str, int]:
        """How many nodes came to what in the current task."""
        return Counter(self.task.nodes.values())

    @property
    def at_work(self) -> list[str]:
        """The nodes whose task has not ended."""
        return [node for node, state in self.task.nodes.items() if state == AT_WORK]

    @property
    def ended(self) -> int:
        """How many steps have come to their end."""
        return sum(step.state not in (WAITING, RUNNING) for step in self.steps.values())

    def _begin(self, step: str, now: float) -> None:
        self.current, self.since, self.in_gate, self.task = step, now, False, Task(since=now)
        if step in self.steps:
            self.steps[step].state = RUNNING

    def _end(self, event: StepEnded) -> None:
        self.current, self.task = "", Task()
        if event.step in self.steps:
            self.steps[event.step].state, self.steps[event.step].seconds = event.how, event.seconds

    def _take_task(self, event: Event, now: float) -> None:
        if isinstance(event, TaskBegun):
            self.task = Task(event.name, now, self.task.number + 1)
        elif isinstance(event, NodeBegun):
            self.task.nodes[event.node] = AT_WORK
        elif isinstance(event, NodeTold):
            self.task.nodes[event.node] = event.result
            if event.result == CHANGED:
                self.last_change = (event.node, event.task, now)
