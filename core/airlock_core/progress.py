"""How long work tells what it does: values handed to a sink that the CLI owns. Core and edges never print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from airlock_core.sizes import human


@dataclass(frozen=True)
class Step:
    """One thing that was begun, went on or ended.

    Args:
        stage: the arrow of the pipeline: ``lock``, ``fetch``, ``stage``, ``master``, ``verify``.
        subject: the file, package, image or URL.
        done, total: bytes so far and in all; total 0 where it is not known.
        finished: whether the subject is complete with this step.
        unit: what is counted where it is not bytes, such as ``packages``.
    """

    stage: str
    subject: str
    done: int = 0
    total: int = 0
    finished: bool = False
    unit: str = ""

    @property
    def amount(self) -> str:
        """How far it is, for people: ``3 of 29 packages``, ``1.2 MiB of 3.0 MiB``, ``3.0 MiB`` when finished."""
        show = str if self.unit else human
        total = show(self.total) if self.total else ""
        parts = [total] if self.finished else [show(self.done), *(["of", total] if total else [])]
        return " ".join(part for part in (*parts, self.unit) if part)


class Progress(Protocol):
    """Where steps are told. Must be callable from several threads."""

    def __call__(self, step: Step, /) -> None: ...


def silent(step: Step) -> None:
    """A sink that tells nobody."""
