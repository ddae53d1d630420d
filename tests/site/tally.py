"""The table of faults: what was done to the site, how often, and how often what is promised held."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Row:
    """A fault.

    Args:
        cases: how often it was tried.
        held: how often what is promised came of it.
        seen: what was seen, in words.
    """

    fault: str
    cases: int = 0
    held: int = 0
    seen: str = ""


@dataclass
class Tally:
    """All faults, in the order in which they were tried."""

    rows: dict[str, Row] = field(default_factory=dict)

    def begins(self, fault: str, cases: int = 1) -> None:
        """A fault is tried, once or more often."""
        self.rows.setdefault(fault, Row(fault)).cases += cases

    def held(self, fault: str, seen: str, cases: int = 1) -> None:
        """What is promised came of it."""
        row = self.rows[fault]
        row.held, row.seen = row.held + cases, seen

    @property
    def table(self) -> str:
        """As Markdown."""
        lines = ["| fault | cases | held | what was seen |", "|---|---|---|---|"]
        lines += [f"| {row.fault} | {row.cases} | {row.held} | {row.seen} |" for row in self.rows.values()]
        return "\n".join(lines) + "\n"
