"""All looks, one after another, and their findings, the worst first."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_installer.doctor import (
    certificates,
    clocks,
    copies,
    disks,
    drills,
    files,
    images,
    landing,
    medium,
    nodes,
    prepared,
    repo,
    running,
    secrets,
    steps,
    vip,
)
from airlock_installer.doctor.area import AnyArea
from airlock_installer.doctor.finding import Finding, Severity
from airlock_installer.doctor.ground import Ground

AREAS: tuple[AnyArea, ...] = (
    medium.AREA,
    running.AREA,
    repo.AREA,
    images.AREA,
    certificates.AREA,
    disks.AREA,
    files.AREA,
    secrets.AREA,
    prepared.AREA,
    nodes.AREA,
    clocks.AREA,
    vip.AREA,
    landing.AREA,
    copies.AREA,
    steps.AREA,
    drills.AREA,
)


@dataclass(frozen=True)
class Examination:
    """What was looked at, and what is wrong.

    Args:
        findings: the worst first.
        facts: by area, as JSON has them; None where there was nothing to look at.
    """

    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]

    def count(self, severity: Severity) -> int:
        """How many findings are so bad."""
        return sum(one.severity is severity for one in self.findings)


def examine(ground: Ground, tell: Callable[[str], None]) -> Examination:
    """Look at everything that can be reached.

    Args:
        tell: gets the name of what is looked at next.
    """
    findings: list[Finding] = []
    facts: dict[str, Any] = {}
    for area in AREAS:
        tell(area.name)
        found, seen = area.examine(ground)
        findings += found
        facts[area.name] = plain(seen)
    return Examination(tuple(sorted(_once(findings), key=lambda one: one.severity)), facts)


def _once(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Each finding once, though two looks stumbled over it."""
    first: dict[Finding, Finding] = {}
    for one in findings:
        first.setdefault(dataclasses.replace(one, area=""), one)
    return first.values()


def plain(value: Any) -> Any:
    """Facts as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(each) for name, each in fields.items()}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value
