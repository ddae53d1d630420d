"""Clocks: this machine's beside the release's time, and the nodes' beside this machine's."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airlock_core import proc
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground

MAX_SECONDS = 5.0
"""From which on a node's clock is told: etcd and ceph bear far less, and chrony keeps far less."""
_TIMEOUT = 20
_TRACKING_FIELDS = 14


@dataclass(frozen=True)
class ClockFacts:
    """The clocks.

    Args:
        now: this machine's, in seconds since 1970.
        release: when the release was made; 0 where that is not known.
        leap: chronyd's state (chronyc(1), "tracking": ``Normal``); empty where none runs.
        offsets: seconds that a node's clock is ahead of ours for sure.
    """

    now: float
    release: float = 0.0
    leap: str = ""
    offsets: Mapping[str, float] = field(default_factory=dict)


def look(ground: Ground) -> ClockFacts:
    """Ask chronyd and the nodes."""
    offsets = {one.login.node: one.offset for one in ground.reached if one.answer}
    return ClockFacts(ground.now, ground.contents[1].epoch if ground.contents else 0, _leap(), offsets)


def _leap() -> str:
    if shutil.which("chronyc", path=proc.environment()["PATH"]) is None:
        return ""
    fields = proc.run(["chronyc", "-c", "tracking"], timeout=_TIMEOUT, expect=range(256)).stdout.strip().split(",")
    return fields[-1] if len(fields) == _TRACKING_FIELDS else ""


def before_release(facts: ClockFacts) -> Iterator[Finding]:
    """A clock that says a time before the release was made."""
    if facts.now < facts.release:
        what = f"the clock says {_told(facts.now)}, and the release was made on {_told(facts.release)}"
        yield error(what, todo="set it: date -u -s 'YYYY-MM-DD HH:MM', then hwclock --systohc")


def out_of_step(facts: ClockFacts) -> Iterator[Finding]:
    """A chronyd that follows nobody."""
    if facts.leap not in ("", "Normal"):
        todo = "chronyc sources: does one answer? airlock-site run preflight writes them anew"
        yield warning(f"chronyd is not in step: {facts.leap}", todo=todo)


def apart(facts: ClockFacts) -> Iterator[Finding]:
    """A node whose clock is another's."""
    for node, offset in sorted(facts.offsets.items()):
        if abs(offset) > MAX_SECONDS:
            todo = f"on {node}: chronyc makestep; airlock-site run preflight writes its sources anew"
            yield error(f"its clock is {offset:+.0f} s from the deployer's", where=node, todo=todo)


def _told(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M} UTC"


AREA = Area("clocks", look, (before_release, out_of_step, apart))
