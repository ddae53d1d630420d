"""One thing to look at: the look gathers facts, and judgements, which are pure, make findings of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from airlock_core.errors import AirlockError, Faults
from airlock_installer.doctor.finding import Finding, error
from airlock_installer.doctor.ground import Ground

F = TypeVar("F")


@dataclass(frozen=True)
class Area(Generic[F]):
    """What is looked at.

    Args:
        name: in a word or two.
        look: gathers facts; None where there is nothing to look at.
        judgements: each makes findings of the facts.
    """

    name: str
    look: Callable[[Ground], F | None]
    judgements: tuple[Callable[[F], Iterable[Finding]], ...]

    def examine(self, ground: Ground) -> tuple[list[Finding], F | None]:
        """Findings and facts; a look that fails is a finding of its own."""
        try:
            facts = self.look(ground)
        except Faults as several:
            return [self._failed(fault) for fault in several.faults], None
        except AirlockError as fault:
            return [self._failed(fault)], None
        except OSError as fault:
            what = f"it cannot be looked at: {fault.strerror or fault}"
            return [replace(error(what, where=str(fault.filename or "")), area=self.name)], None
        return ([] if facts is None else self.judge(facts)), facts

    def judge(self, facts: F) -> list[Finding]:
        """Findings of facts."""
        return [replace(one, area=self.name) for judgement in self.judgements for one in judgement(facts)]

    def _failed(self, fault: AirlockError) -> Finding:
        return replace(error(fault.what, where=fault.where, why=fault.why, todo=fault.todo), area=self.name)


AnyArea = Area[Any]
