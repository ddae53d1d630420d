"""What the steps need on the deployer: made from the medium that is mounted, and there."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.prepare import preparing

PreparedFacts = tuple[str, ...]
"""What is not prepared, in words."""


def look(ground: Ground) -> PreparedFacts | None:
    """Compare what is prepared with the medium."""
    return preparing.lacking(ground.layout) if ground.mounted else None


def unprepared(facts: PreparedFacts) -> Iterator[Finding]:
    """Something that lacks, or is of another release."""
    for what in facts:
        yield warning(f"not prepared: {what}", todo="airlock-site prepare")


AREA = Area("preparation", look, (unprepared,))
