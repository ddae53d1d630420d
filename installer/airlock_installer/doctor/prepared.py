"""What the steps need on the deployer: made from the medium that is mounted, and there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core import media
from airlock_core.locks.files import SITE
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.prepare import preparing

_MADE_FROM = "requirements.txt"
"""Beside an environment that make-venv.sh made: the list that it was made from."""


@dataclass(frozen=True)
class PreparedFacts:
    """What is prepared.

    Args:
        lacking: what is not, in words.
        own: where the program's own Python environment is; empty where it is the medium's.
    """

    lacking: tuple[str, ...] = ()
    own: str = ""


def look(ground: Ground) -> PreparedFacts | None:
    """Compare what is prepared with the medium."""
    if ground.mounted is None:
        return None
    environment = Path(sys.prefix)
    wanted = ground.layout.medium / media.PYPI_REQUIREMENTS / f"{SITE}.txt"
    return PreparedFacts(preparing.lacking(ground.layout), "" if _same(environment, wanted) else str(environment))


def _same(environment: Path, wanted: Path) -> bool:
    """Whether an environment has the wheels of a list; of one that others made nothing is said."""
    made_from = environment / _MADE_FROM
    if not (made_from.is_file() and wanted.is_file()):
        return True
    return _pins(made_from) == _pins(wanted)


def _pins(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]


def unprepared(facts: PreparedFacts) -> Iterator[Finding]:
    """Something that lacks, or is of another release."""
    for what in facts.lacking:
        yield warning(f"not prepared: {what}", todo="airlock-site prepare")


def another_release(facts: PreparedFacts) -> Iterator[Finding]:
    """A program that runs on the wheels of another release than the medium's."""
    if facts.own:
        todo = "unpack burrito-*.tar.gz of this medium, and ./prepare.sh offline there"
        yield warning("airlock-site runs on another release's Python packages", where=facts.own, todo=todo)


AREA = Area("preparation", look, (unprepared, another_release))
