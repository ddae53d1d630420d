"""What a drill looks and strikes with: playbooks, run as the steps run theirs, and the ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.errors import raise_all
from airlock_installer import harm, ledger, running
from airlock_installer.engine import Engine
from airlock_installer.harm import Harm
from airlock_installer.ledger import Entry
from airlock_installer.site.site import Site
from airlock_installer.steps.step import Evidence, Step


@dataclass
class Hands:
    """One drill at work on the nodes of a site.

    Args:
        step: the one that the drill is of.
        entry: the drill in the ledger.
        found: what the gate found when it looked last, as it was found.
    """

    engine: Engine
    step: Step
    entry: Entry
    found: Evidence | None = None

    @property
    def site(self) -> Site:
        """The site."""
        return self.engine.situation.site

    def look(self) -> Evidence:
        """Look at the nodes by the step's gate; what was found.

        Raises:
            GateError, Faults: what must be true is not.
        """
        self.found = running.verify(self.engine, self.step, self.entry, self.engine.variables(self.step))
        return self.found

    def play(self, name: str, variables: Mapping[str, Any]) -> None:
        """Run a playbook of the drill.

        Raises:
            StepError, Faults: tasks failed.
        """
        outcome = self.engine.play(self.entry, name, variables)
        raise_all(f"{name}: {len(outcome.faults)} tasks failed", outcome.faults)

    @contextlib.contextmanager
    def breaking(self, what: Harm) -> Iterator[None]:
        """Break something in the block; however it ends, also by a cut, it is brought back.

        Raises:
            StepError, Faults: it could not be brought back; the next run tries again.
        """
        with harm.done(self.engine, self.entry, what):
            yield
        self.engine.ledger.move(self.entry.id, ledger.APPLIED)

    def note(self, text: str) -> None:
        """Tell what is being done."""
        self.engine.note(self.entry, text)

    def attend(self) -> None:
        """Raise :class:`Stopped` where the drill was told to stop."""
        self.engine.stop.check()
