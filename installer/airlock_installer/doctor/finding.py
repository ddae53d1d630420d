"""What was found wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How bad it is; the worst is the least, so that it comes first."""

    ERROR = 0
    WARNING = 1
    NOTE = 2


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is not as it must be.

    Args:
        severity: ERROR: something does not work, or will not. WARNING: it will be one. NOTE: good to know.
        area: what was looked at.
        where: file, node, service; empty where ``what`` says it.
        what: in one sentence.
        why: the reason, as far as it is known.
        todo: the remedy.
    """

    severity: Severity
    area: str
    where: str
    what: str
    why: str = ""
    todo: str = ""

    def to_json(self) -> dict[str, str]:
        """The finding for programs."""
        return {
            "severity": self.severity.name.lower(),
            "area": self.area,
            "where": self.where,
            "what": self.what,
            "why": self.why,
            "do": self.todo,
        }


def error(what: str, *, where: str = "", why: str = "", todo: str = "") -> Finding:
    """Something that does not work."""
    return Finding(Severity.ERROR, "", where, what, why, todo)


def warning(what: str, *, where: str = "", why: str = "", todo: str = "") -> Finding:
    """Something that will not work some day, or may not."""
    return Finding(Severity.WARNING, "", where, what, why, todo)


def note(what: str, *, where: str = "", why: str = "", todo: str = "") -> Finding:
    """Something good to know."""
    return Finding(Severity.NOTE, "", where, what, why, todo)
