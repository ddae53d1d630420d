"""How long work tells what it does: values handed to a sink that the CLI owns. Core and edges never print."""

from __future__ import annotations

from typing import Protocol

from airlock_core.sizes import human
from airlock_core.values import Value


class Step(Value):
    """One thing that was begun, went on or ended.

    Args:
        stage: the arrow of the pipeline: ``lock``, ``fetch``, ``stage``, ``master``, ``verify``.
        subject: the file, package, image or URL.
        done, total: bytes so far and in all; total 0 where it is not known.
        finished: whether the subject is complete with this step.
        unit: what is counted where it is not bytes, such as ``packages``.
        kept: bytes of ``done`` that were there before, left by a run that was cut.
        failed: whether the subject is given up with this step.
        files: how many files the subject is: an image is several.
    """

    stage: str
    subject: str
    done: int = 0
    total: int = 0
    finished: bool = False
    unit: str = ""
    kept: int = 0
    failed: bool = False
    files: int = 1

    @property
    def amount(self) -> str:
        """How far it is, for people: ``3 of 29 packages``, ``1.2 MiB of 3.0 MiB``, ``3.0 MiB`` when finished."""
        show = str if self.unit else human
        total = show(self.total) if self.total else ""
        parts = [total] if self.finished else [show(self.done), *(["of", total] if total else [])]
        return " ".join(part for part in (*parts, self.unit) if part)


class Outset(Value):
    """What a stage is about to do, told once, when it is known.

    Args:
        stage: as of :class:`Step`.
        files, size: how many files there will be in the end, and their bytes.
        present, present_size: how many of them are there already, and their bytes.
    """

    stage: str
    files: int
    size: int
    present: int = 0
    present_size: int = 0


class Notice(Value):
    """Trouble that is got over without anybody's help: another attempt, another mirror, a wait that a server asked for.

    Args:
        subject: the file, package, image or URL.
        text: what happened, and what is done about it.
    """

    subject: str
    text: str


Event = Step | Outset | Notice
"""What a sink is told."""


class Progress(Protocol):
    """Where events are told. Must be callable from several threads."""

    def __call__(self, event: Event, /) -> None: ...


def silent(event: Event) -> None:
    """A sink that tells nobody."""
