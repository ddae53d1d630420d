"""Advisories gained and lost between two locks of RPMs.

An advisory names builds that mend something. A lock is open to it where the newest build that the lock has of one of
its packages (same name, architecture and module stream) is older than the build named. Then:

- gained: the old lock is open to it, the new one is not: its packages were updated, or are gone;
- lost: the new lock is open to it, the old one is not: a package went back, or one came in that lacks the update;
- standing: both are open to it.

A package that comes in with the update is neither: nothing was open before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airlock_core.locks import LockedRpm, RpmsLock
from airlock_core.rpmver import compare_evrs

SEVERITIES = ("Critical", "Important", "Moderate", "Low", "None")
SECURITY = "security"


@dataclass(frozen=True, order=True)
class Fix:
    """One build that an advisory names.

    Args:
        name, arch, evr: of the package.
        stream: ``name:stream`` of the module that it is of; empty where it is of none.
    """

    name: str
    arch: str
    evr: str
    stream: str = ""


@dataclass(frozen=True)
class Advisory:
    """What a repository's updateinfo says of one update.

    Args:
        id: such as ``RHSA-2024:1234``.
        kind: ``security``, ``bugfix``, ``enhancement``, ``newpackage`` or what else stands there.
        severity: one of :data:`SEVERITIES`.
        title: one line.
        cves: sorted.
        fixes: the builds.
    """

    id: str
    kind: str
    severity: str
    title: str
    cves: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()

    @property
    def order(self) -> tuple[bool, int, str]:
        """Sorts the worst first."""
        return (self.kind != SECURITY, SEVERITIES.index(self.severity), self.id)


@dataclass(frozen=True, order=True)
class Course:
    """One package of an advisory: its newest build before and after, and the build that mends."""

    name: str
    arch: str
    old: str
    new: str
    fixed: str


@dataclass(frozen=True)
class Judged:
    """One advisory, with those of its packages that make the difference."""

    advisory: Advisory
    courses: tuple[Course, ...]

    def to_json(self) -> dict[str, object]:
        """For programs."""
        one = self.advisory
        return {
            "id": one.id,
            "type": one.kind,
            "severity": one.severity,
            "title": one.title,
            "cves": list(one.cves),
            "packages": [vars(course) for course in self.courses],
        }


@dataclass(frozen=True)
class AdvisoryChange:
    """What two locks come to, the worst first."""

    gained: tuple[Judged, ...] = ()
    lost: tuple[Judged, ...] = ()
    standing: tuple[Judged, ...] = ()

    @property
    def cves_gained(self) -> tuple[str, ...]:
        """CVEs to which the new lock is not open any more."""
        return _cves(self.gained, self.lost, self.standing)

    @property
    def cves_lost(self) -> tuple[str, ...]:
        """CVEs to which the new lock is open and the old one was not."""
        return _cves(self.lost, self.gained, self.standing)


def advisory_change(advisories: Iterable[Advisory], old: RpmsLock, new: RpmsLock) -> AdvisoryChange:
    """Judge advisories, each once by its id; of several the last given counts."""
    before, after = _builds(old), _builds(new)
    gained: list[Judged] = []
    lost: list[Judged] = []
    standing: list[Judged] = []
    for advisory in {one.id: one for one in advisories}.values():
        was, now = _open(advisory, before), _open(advisory, after)
        if not (was or now):
            continue
        judged = Judged(advisory, tuple(sorted({_course(key, evr, before, after) for key, evr in was or now})))
        (standing if was and now else gained if was else lost).append(judged)
    return AdvisoryChange(_sorted(gained), _sorted(lost), _sorted(standing))


_Key = tuple[str, str, str, str]
"""Name, architecture, stream, and the architecture of the part of the lock."""


def _builds(lock: RpmsLock) -> dict[_Key, str]:
    """The newest build of everything."""
    found: dict[_Key, str] = {}
    for arch in lock.arches:
        for package in arch.packages:
            key = (package.name, package.arch, _stream(package), arch.arch)
            if key not in found or compare_evrs(package.evr, found[key]) > 0:
                found[key] = package.evr
    return found


def _stream(package: LockedRpm) -> str:
    return ":".join(package.module.split(":")[:2]) if package.module else ""


def _open(advisory: Advisory, builds: Mapping[_Key, str]) -> list[tuple[_Key, str]]:
    """What a lock has older builds of than an advisory names, and those that it names."""
    arches = {key[3] for key in builds}
    keys = [((fix.name, fix.arch, fix.stream, arch), fix.evr) for fix in advisory.fixes for arch in arches]
    return [(key, evr) for key, evr in keys if key in builds and compare_evrs(builds[key], evr) < 0]


def _course(key: _Key, fixed: str, old: Mapping[_Key, str], new: Mapping[_Key, str]) -> Course:
    return Course(key[0], key[1], old.get(key, ""), new.get(key, ""), fixed)


def _sorted(found: Iterable[Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(found, key=lambda judged: judged.advisory.order))


def _cves(these: Iterable[Judged], *others: Iterable[Judged]) -> tuple[str, ...]:
    elsewhere = {cve for found in others for judged in found for cve in judged.advisory.cves}
    return tuple(sorted({cve for judged in these for cve in judged.advisory.cves} - elsewhere))
