"""Which locked wheel brought which other, and which lines of requirements began it, in each environment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from airlock_builder.lock.requirements import Requirement as Line
from airlock_builder.lock.requirements import lines_of, normal, project_of
from airlock_builder.lock.wheels.about import required_by
from airlock_builder.manifest.environments import environments
from airlock_builder.manifest.model import Manifest
from airlock_builder.remote.index import Target
from airlock_core.errors import VerificationError
from airlock_core.locks import LockedFile

Files = Callable[[LockedFile], Path | None]
"""The whole file of a locked wheel; None where it is not at hand."""
_Node = tuple[LockedFile, str]
"""A wheel, with one of its extras or without."""


@dataclass(frozen=True, order=True)
class Arrow:
    """One wheel that requires another, in the words of its METADATA."""

    by: LockedFile
    text: str
    of: LockedFile


@dataclass(frozen=True)
class Reached:
    """What lines of requirements come to.

    Args:
        chains: the shortest way to each wheel: the line, and the arrows from there.
        arrows: every arrow between them.
        asked: every line that means each wheel.
    """

    chains: Mapping[LockedFile, tuple[Line, tuple[Arrow, ...]]]
    arrows: Collection[Arrow]
    asked: Mapping[LockedFile, Sequence[Line]]


@dataclass(frozen=True)
class _Place:
    """One environment: its lines, what may be in it, and what markers mean there."""

    lines: Sequence[Line]
    wheels: Mapping[str, Sequence[LockedFile]]
    means: Mapping[str, str]

    def meant(self, wanted: Requirement, extra: str) -> Iterator[_Node]:
        """The wheels, and extras of theirs, that meet a requirement; none where its marker is for others."""
        if wanted.marker and not wanted.marker.evaluate({**self.means, "extra": extra}):
            return
        for wheel in self.wheels.get(normal(wanted.name), ()):
            if _meets(wheel, wanted):
                yield from ((wheel, normal(one)) for one in ("", *sorted(wanted.extras)))


@dataclass
class Wheels:
    """The wheels of a lock.

    Args:
        locked: all of them.
        unread: why it is not known what a wheel requires, by the wheel.
    """

    locked: Sequence[LockedFile]
    unread: dict[LockedFile, str]
    _places: Sequence[_Place]
    _requires: Mapping[LockedFile, Sequence[Requirement]] = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Manifest, locked: Sequence[LockedFile], files: Files) -> Wheels:
        """Read all that is at hand."""
        requires: dict[LockedFile, Sequence[Requirement]] = {}
        unread: dict[LockedFile, str] = {}
        for wheel in locked:
            path = files(wheel)
            try:
                requires[wheel] = required_by(path, wheel.filename) if path else ()
            except VerificationError as fault:
                unread[wheel] = f"{fault.what}: {fault.why}"
            if not path:
                unread[wheel] = "is not in the store"
        return cls(locked, unread, _places(manifest, locked), requires)

    def reached(self, *, without: Collection[LockedFile] = (), dropped: Collection[Line] = ()) -> Reached:
        """What the requirements come to, some wheels or lines left out."""
        chains: dict[LockedFile, tuple[Line, tuple[Arrow, ...]]] = {}
        arrows: set[Arrow] = set()
        asked: dict[LockedFile, list[Line]] = {}
        for place in self._places:
            layer: list[tuple[_Node, Line, tuple[Arrow, ...]]] = []
            for line in (one for one in place.lines if one not in dropped):
                for node in place.meant(_parsed(line), ""):
                    layer.append((node, line, ()))
                    asked[node[0]] = sorted({*asked.get(node[0], ()), line})
            seen: set[_Node] = set()
            while layer:
                following: list[tuple[_Node, Line, tuple[Arrow, ...]]] = []
                for node, line, chain in layer:
                    if node in seen or node[0] in without:
                        continue
                    seen.add(node)
                    if node[0] not in chains or len(chains[node[0]][1]) > len(chain):
                        chains[node[0]] = (line, chain)
                    for arrow, target in self._onwards(place, node):
                        arrows.add(arrow)
                        following.append((target, line, (*chain, arrow)))
                layer = following
        return Reached(chains, arrows, asked)

    def _onwards(self, place: _Place, node: _Node) -> Iterator[tuple[Arrow, _Node]]:
        wheel, extra = node
        for wanted in self._requires.get(wheel, ()):
            for target in place.meant(wanted, extra):
                if target[0] != wheel:
                    yield Arrow(wheel, str(wanted), target[0]), target


def _places(manifest: Manifest, locked: Sequence[LockedFile]) -> list[_Place]:
    found = []
    for one in environments(manifest):
        wheels: dict[str, list[LockedFile]] = {}
        for wheel in locked:
            is_for = not wheel.environments or one.name in wheel.environments
            if is_for and (not wheel.options or one.option in wheel.options):
                wheels.setdefault(project_of(wheel.filename)[0], []).append(wheel)
        lines = tuple(line for whose, path in one.files for line in lines_of(path, whose))
        target = Target(one.python, manifest.platform.major, manifest.platform.arch)
        found.append(_Place(lines, wheels, target.markers))
    return found


def _parsed(line: Line) -> Requirement:
    """A line as far as it says which wheels it means; its options (``--hash``) do not."""
    try:
        return Requirement(line.text.partition(" --")[0].strip())
    except InvalidRequirement:
        return Requirement(line.name)


def _meets(wheel: LockedFile, wanted: Requirement) -> bool:
    version = project_of(wheel.filename)[1]
    try:
        return wanted.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True
