"""How a run meets registries: where they are, how much at once, who is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from airlock_builder.crew import Task, run_all
from airlock_builder.remote.oci.errands import Errand
from airlock_builder.remote.oci.places import Ways
from airlock_builder.remote.oci.registries import Registries
from airlock_builder.remote.places import Places
from airlock_builder.remote.traffic import Traffic
from airlock_core.errors import AirlockError, raise_all
from airlock_core.progress import Progress, Step, silent

JOBS = 8

OnBytes = Callable[[int], None]
"""Told how many bytes a step brought; negative where some have to come again."""


@dataclass(frozen=True)
class Dock:
    """The common ground of pushing and pulling.

    Args:
        ways: where registries are and how they are reached.
        traffic: what the connections of this run share.
        jobs: blobs at once.
        offline: refuse every request.
        progress: where steps are told.
    """

    ways: Ways = field(default_factory=lambda: Ways(Places()))
    traffic: Traffic = field(default_factory=Traffic)
    jobs: int = JOBS
    offline: bool = False
    progress: Progress = silent

    def registries(self, errand: Errand) -> Registries:
        """The registries, for some errand; to be closed."""
        return Registries(self.ways, self.traffic, offline=self.offline, errand=errand)

    def do(self, what: str, tasks: Iterable[Task]) -> None:
        """Do all tasks side by side.

        Args:
            what: that they failed, as a sentence with ``{}`` for how many.

        Raises:
            AirlockError, Faults: what failed.
        """
        faults = run_all(tasks, jobs=self.jobs, per_host=self.traffic.per_host, interrupt=self.traffic.cancel)
        raise_all(what.format(len(faults)), faults)

    def task(
        self, stage: str, subject: str, size: int, host: str, work: Callable[[OnBytes], None], *, kept: int = 0
    ) -> Task:
        """A task that moves one blob and tells how far it is.

        Args:
            work: moves it; is given what to tell bytes to.
            kept: bytes that an earlier run has left of it.
        """

        def run() -> None:
            done = 0

            def on_bytes(count: int) -> None:
                nonlocal done
                done += count
                self.progress(Step(stage, subject, done, size, kept=kept))

            try:
                work(on_bytes)
            except AirlockError:
                self.progress(Step(stage, subject, done, size, failed=True))
                raise
            self.progress(Step(stage, subject, size, size, finished=True, kept=kept))

        return Task(subject, size, run, host)
