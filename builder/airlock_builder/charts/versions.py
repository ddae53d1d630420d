"""Versions of charts, as Helm reads and orders them.

Source: Semantic Versioning 2.0.0, sections 9 to 11; Helm reads them loosely: a ``v`` may stand before them, and minor
and patch may lack.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

_SUFFIX = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = re.compile(
    rf"v?(?P<major>[0-9]{{1,18}})(?:\.(?P<minor>[0-9]{{1,18}}))?(?:\.(?P<patch>[0-9]{{1,18}}))?{_SUFFIX}"
)


@functools.total_ordering
@dataclass(frozen=True)
class Version:
    """A version; what stands behind ``+`` makes no difference.

    Args:
        numbers: major, minor, patch.
        pre: the pre-release's parts; none for a release.
        text: as it was written.
    """

    numbers: tuple[int, int, int]
    pre: tuple[str, ...] = ()
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Read a version; None where it is none."""
        match = _VERSION.fullmatch(text)
        if match is None:
            return None
        pre = tuple(match["pre"].split(".")) if match["pre"] else ()
        if any(part.isdigit() and part != "0" and part.startswith("0") for part in pre):
            return None
        numbers = (int(match["major"]), int(match["minor"] or 0), int(match["patch"] or 0))
        return cls(numbers, pre, text)

    @property
    def _rank(self) -> tuple[object, ...]:
        """A release comes after its pre-releases; of their parts numbers come first, and fewer before more."""
        parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre)
        return (self.numbers, not self.pre, parts)

    def __lt__(self, other: Version) -> bool:
        return self._rank < other._rank
