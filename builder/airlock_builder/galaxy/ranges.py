"""Ranges of versions, as ansible-galaxy takes them.

Source: ansible-core's documentation, "Installing collections" (``*``, ``!=``, ``==``, ``>=``, ``>``, ``<=``, ``<``, and
several with commas between them, all of which must hold). A version alone means just that one. Versions are those of
Semantic Versioning; of a range minor and patch may lack. A pre-release fits only what names it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from airlock_builder.charts.versions import Version

_ONE = re.compile(r"\s*(?P<how>==|!=|>=|<=|=|>|<|)\s*(?P<than>\*|[^\s,<>=!]+)\s*")
_HOW: dict[str, Callable[[Version, Version], bool]] = {
    "": operator.eq,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Range:
    """A range.

    Args:
        text: as it was written.
        comparisons: all of which must hold; none where any release fits.
    """

    text: str
    comparisons: tuple[tuple[str, Version], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Range | None:
        """Read a range; None where it is none."""
        found = []
        for part in text.split(","):
            match = _ONE.fullmatch(part)
            if match is None or (match["than"] == "*" and match["how"] not in ("", ">=", "==")):
                return None
            if match["than"] == "*":
                continue
            version = Version.parse(match["than"])
            if version is None:
                return None
            found.append((match["how"], version))
        return cls(text, tuple(found))

    def holds(self, version: Version) -> bool:
        """Whether its comparisons hold, were it of a pre-release or not."""
        return all(_HOW[how](version, than) for how, than in self.comparisons)

    def names(self, version: Version) -> bool:
        """Whether it is for just that version."""
        return any(_HOW[how] is operator.eq and than == version for how, than in self.comparisons)


def fits(text: str, ranges: Iterable[Range]) -> bool:
    """Whether a version is in all of some ranges; a pre-release must be named by one of them."""
    version, wanted = Version.parse(text), list(ranges)
    if version is None or not all(one.holds(version) for one in wanted):
        return False
    return not version.pre or any(one.names(version) for one in wanted)


def newest_first(texts: Iterable[str]) -> list[str]:
    """Versions in their order; what is none is left out."""
    return [version.text for version in sorted(filter(None, map(Version.parse, texts)), reverse=True)]
