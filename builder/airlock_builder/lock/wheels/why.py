"""What brought a locked wheel in, and what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from airlock_builder.lock.requirements import Requirement as Line
from airlock_builder.lock.requirements import normal, project_of
from airlock_builder.lock.wheels.graph import Arrow, Reached, Wheels
from airlock_core.locks import LockedFile


@dataclass(frozen=True)
class WheelReason:
    """Why one wheel is locked.

    Args:
        asked: the line that begins the shortest chain; None where none leads to it.
        chain: the arrows from there to the wheel.
        requests: every line that means the wheel itself.
        needed_by: every arrow to it.
        unread: other wheels that it is not known of whether they require it, and why not.
        brings: what would leave with it; None where that was not asked.
        dropped: the lines that were dropped to find that out; none where it is not itself asked for.
    """

    wheel: LockedFile
    asked: Line | None
    chain: tuple[Arrow, ...]
    requests: tuple[Line, ...]
    needed_by: tuple[Arrow, ...]
    unread: tuple[tuple[LockedFile, str], ...]
    brings: tuple[LockedFile, ...] | None = None
    dropped: tuple[Line, ...] = ()


def meant(locked: Sequence[LockedFile], text: str) -> list[LockedFile]:
    """The wheels that a text means: a project, ``NAME==VERSION``, a file's name, or a glob for one of these."""
    return [wheel for wheel in locked if any(_is(one, text) for one in _spellings(wheel))]


def why_wheels(wheels: Wheels, text: str, *, brings: bool = False) -> list[WheelReason]:
    """The reasons for each wheel that a text means; none where it means none."""
    found = meant(wheels.locked, text)
    if not found:
        return []
    reached = wheels.reached()
    return [_reason(wheels, reached, wheel, brings=brings) for wheel in found]


def _reason(wheels: Wheels, reached: Reached, wheel: LockedFile, *, brings: bool) -> WheelReason:
    requests = tuple(reached.asked.get(wheel, ()))
    line, chain = reached.chains.get(wheel, (None, ()))
    reason = WheelReason(
        wheel,
        line,
        chain,
        requests,
        needed_by=tuple(sorted(arrow for arrow in reached.arrows if arrow.of == wheel)),
        unread=tuple(sorted((one, why) for one, why in wheels.unread.items() if brings or one != wheel)),
    )
    if not brings:
        return reason
    still = wheels.reached(dropped=requests) if requests else wheels.reached(without=[wheel])
    left = reached.chains.keys() - still.chains.keys() - (set() if requests else {wheel})
    return replace(reason, brings=tuple(sorted(left)), dropped=requests)


def label(wheel: LockedFile) -> str:
    """A wheel as people name it."""
    name, version = project_of(wheel.filename)
    return f"{name} {version}" if version else wheel.filename


def _spellings(wheel: LockedFile) -> tuple[str, ...]:
    name, version = project_of(wheel.filename)
    return (name, f"{name}=={version}", wheel.filename)


def _is(one: str, text: str) -> bool:
    name, equal, version = text.partition("==")
    return fnmatchcase(one, text) or one == f"{normal(name)}{equal}{version}"
