"""The error tree: every failure that airlock foresees, with what a person needs to act on it.

The exit codes are those of the contract (docs/contract.md, "Exit codes").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from itertools import zip_longest
from typing import TypeVar

T = TypeVar("T")
_DO = "  do:  "
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys in place of showing it, but for line feeds and tabs: C0, C1 and marks of direction."""


class ExitCode(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    INPUT = 3
    VERIFICATION = 4
    UPSTREAM = 5
    MACHINE = 6
    OUTDATED = 7
    STEP = 8
    GATE = 9
    HELD = 10


class AirlockError(Exception):
    """A failure with its place, reason and remedy.

    Args:
        what: one sentence: what went wrong.
        where: file and path in it, package, image, URL or node; empty where ``what`` says it.
        why: the reason as far as it is known.
        todo: what the reader should do next.
    """

    exit_code: ExitCode = ExitCode.DEFECT

    def __init__(self, what: str, *, where: str = "", why: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.todo = todo

    def lines(self) -> list[str]:
        """The error as the lines that a terminal shows, without the word "error"."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        lines = [head]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.todo:
            lines.append(f"{_DO}{self.todo}")
        return [_shown(line) for line in lines]

    def to_json(self) -> dict[str, object]:
        """The error as a JSON object, for ``--json``."""
        return {"what": self.what, "where": self.where, "why": self.why, "do": self.todo}

    def __str__(self) -> str:
        return "\n".join(self.lines())


class UsageError(AirlockError):
    """Wrong use of the command."""

    exit_code = ExitCode.USAGE


class InputError(AirlockError):
    """Bad manifest, lock, kickstart, inventory or variables."""

    exit_code = ExitCode.INPUT


class VerificationError(AirlockError):
    """A digest, size or signature that is not what it must be; a missing or unlisted file."""

    exit_code = ExitCode.VERIFICATION


class UpstreamError(AirlockError):
    """An upstream or the network failed."""

    exit_code = ExitCode.UPSTREAM


class MachineError(AirlockError):
    """This machine lacks disk space, a tool or privileges."""

    exit_code = ExitCode.MACHINE


class OutdatedError(AirlockError):
    """A lock does not say what its manifest asks for (``lock --check``).

    Args:
        more: the differences, for programs.
    """

    exit_code = ExitCode.OUTDATED

    def __init__(
        self, what: str, *, where: str = "", why: str = "", todo: str = "", more: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(what, where=where, why=why, todo=todo)
        self.more = more or {}

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), **self.more}


class StepError(AirlockError):
    """A step on the site failed."""

    exit_code = ExitCode.STEP


class GateError(AirlockError):
    """A gate looked and found what must not be."""

    exit_code = ExitCode.GATE


class HeldError(AirlockError):
    """Another run holds the lock."""

    exit_code = ExitCode.HELD


class Faults(AirlockError):
    """Several faults of one input, told together; its exit code is that of the first.

    Args:
        what: what was looked at, as a sentence with the count where it helps.
        faults: the single errors, in the order of the input; at least one.
    """

    def __init__(self, what: str, faults: Iterable[AirlockError], *, todo: str = "") -> None:
        super().__init__(what, todo=todo)
        self.faults = tuple(faults)
        if not self.faults:
            raise ValueError("Faults needs at least one fault")
        self.exit_code = self.faults[0].exit_code

    def lines(self) -> list[str]:
        return [self.what, *_told_once(self.faults), *([f"{_DO}{self.todo}"] if self.todo else [])]

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "faults": [fault.to_json() for fault in self.faults]}


def _shown(text: str) -> str:
    """A text that may hold a stranger's, so that it cannot move a terminal's cursor or hide what stands before it."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def all_in_one(what: str, faults: Iterable[AirlockError]) -> AirlockError | None:
    """None, the one fault itself, or all of them as :class:`Faults`."""
    found = tuple(faults)
    if len(found) < 2:
        return found[0] if found else None
    return Faults(what, found)


def raise_all(what: str, faults: Iterable[AirlockError]) -> None:
    """Raise nothing, the one fault itself, or all of them as :class:`Faults`."""
    if error := all_in_one(what, faults):
        raise error


class Attempts:
    """Parts of one work, each tried whatever became of the others, so that their failures are told together."""

    def __init__(self) -> None:
        self.faults: list[AirlockError] = []

    def attempt(self, work: Callable[[], T], otherwise: T) -> T:
        """What ``work`` returns, or ``otherwise`` where it fails.

        Raises:
            MachineError: the machine failed it, and would fail the other parts too.
        """
        try:
            return work()
        except MachineError:
            raise
        except AirlockError as error:
            self.faults += error.faults if isinstance(error, Faults) and not error.todo else [error]
            return otherwise


def _told_once(faults: Iterable[AirlockError]) -> Iterator[str]:
    """The lines of several faults: none twice; a remedy of several in a row once, below the last of them."""
    blocks = list(dict.fromkeys(tuple(fault.lines()) for fault in faults))
    for block, following in zip_longest(blocks, blocks[1:], fillvalue=("",)):
        repeated = block[-1].startswith(_DO) and block[-1] == following[-1]
        yield from block[:-1] if repeated else block
