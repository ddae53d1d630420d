"""What a drill is: declared once, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock_installer.drills.hands import Hands
from airlock_installer.site.site import Site


@dataclass(frozen=True)
class Proof:
    """What came of a drill.

    Args:
        text: in a sentence, for people.
        seconds: to recovery.
        promised: how many it may take.
        found: what else there is to know, as JSON has it.
    """

    text: str
    seconds: float
    promised: float
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return {**self.found, "text": self.text, "seconds": self.seconds, "promised": self.promised}


@dataclass(frozen=True)
class Drill:
    """What proves a step by breaking something.

    Args:
        step: the step's name.
        title: what it does, in words.
        breaks: what it disturbs on a site in use.
        minutes: how long it usually takes.
        refuse: raises :class:`UsageError` where a site cannot have it; nothing was begun then.
        work: breaks something by its hands, looks, and tells what came of it; what it breaks it brings back.
    """

    step: str
    title: str
    breaks: str
    minutes: float
    refuse: Callable[[Site], None]
    work: Callable[[Hands], Proof]
