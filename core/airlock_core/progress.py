"""How long work tells what it does: values handed to a sink that the CLI owns. Core and edges never print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Step:
    """One thing that was begun, went on or ended.

    Args:
        stage: the arrow of the pipeline: ``lock``, ``fetch``, ``stage``, ``master``, ``verify``.
        subject: the file, package, image or URL.
        done, total: bytes (or items) so far and in all; total 0 where it is not known.
        finished: whether the subject is complete with this step.
    """

    stage: str
    subject: str
    done: int = 0
    total: int = 0
    finished: bool = False


class Progress(Protocol):
    """Where steps are told. Must be callable from several threads."""

    def __call__(self, step: Step) -> None: ...


def silent(step: Step) -> None:
    """A sink that tells nobody."""
