"""Ranges of versions, as Helm's ``--version`` and Chart.yaml take them.

Source: the documentation of Masterminds/semver 3, Helm's own library ("Checking Version Constraints"). Alternatives
stand between ``||``, what must hold together between blanks or commas. ``x``, ``X``, ``*`` and missing parts stand for
any number. A pre-release fits only a comparison that names one; other ecosystems' ranges differ in that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from airlock_builder.charts.versions import Version

_PART = r"(?:[0-9]{1,18}|[xX*])"
_TEXT = rf"v?{_PART}(?:\.{_PART})?(?:\.{_PART})?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_ONE = rf"(?:=|!=|>=|=>|<=|=<|>|<|~>|~|\^|)\s*{_TEXT}"
_ALL = re.compile(rf"\s*{_ONE}(?:(?:\s*,\s*|\s+){_ONE})*\s*")
_EACH = re.compile(rf"(?P<how>=|!=|>=|=>|<=|=<|>|<|~>|~|\^|)\s*(?P<than>{_TEXT})")
_THAN = re.compile(rf"v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?(-[0-9A-Za-z.-]+)?(?:\+.*)?")
_HYPHEN = re.compile(rf"(?P<low>{_TEXT})\s+-\s+(?P<high>{_TEXT})")
_SPELLINGS = {"=>": ">=", "=<": "<=", "~>": "~"}
_WILD = ("x", "X", "*")


@dataclass(frozen=True)
class Range:
    """What versions fit.

    Args:
        text: as it was written.
        alternatives: of each, what must hold together.
    """

    text: str
    alternatives: tuple[tuple[_Comparison, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Range | None:
        """Read a range; None where it is none."""
        spelled = _HYPHEN.sub(lambda match: f">={match['low']} <={match['high']}", text)
        found = []
        for part in spelled.split("||"):
            if not _ALL.fullmatch(part):
                return None
            found.append(tuple(_Comparison.of(match) for match in _EACH.finditer(part)))
        if any(one.is_odd for together in found for one in together):
            return None
        return cls(text, tuple(found))

    @property
    def exact(self) -> bool:
        """Whether it is written as one whole version."""
        version = Version.parse(self.text)
        return version is not None and all(one.given == 3 for together in self.alternatives for one in together)

    def fits(self, version: Version) -> bool:
        """Whether a version is in the range."""
        return any(all(one.fits(version) for one in together) for together in self.alternatives)

    def newest(self, texts: Iterable[str]) -> str | None:
        """Of some versions the one that is written just so, else the newest that fits; what is no version does not."""
        versions = [version for version in map(Version.parse, texts) if version]
        for version in versions:
            if version.text == self.text:
                return version.text
        fitting = [version for version in versions if self.fits(version)]
        return max(fitting).text if fitting else None


@dataclass(frozen=True)
class _Comparison:
    """One comparison.

    Args:
        how: ``=``, ``!=``, ``>``, ``>=``, ``<``, ``<=``, ``~`` or ``^``.
        than: the version, with zeros for what lacks.
        given: how many of its numbers were given.
    """

    how: str
    than: Version
    given: int

    @classmethod
    def of(cls, match: re.Match[str]) -> _Comparison:
        parts = _THAN.fullmatch(match["than"])
        if parts is None:
            raise AssertionError("a comparison's version is matched before")
        numbers = [parts[index] for index in (1, 2, 3)]
        wild = [index for index, part in enumerate(numbers) if part is None or part in _WILD]
        given = wild[0] if wild else 3
        known = [int(part) for part in numbers[:given]] + [0] * (3 - given)
        pre = tuple(parts[4][1:].split(".")) if parts[4] else ()
        how = _SPELLINGS.get(match["how"], match["how"] or "=")
        return cls(how, Version((known[0], known[1], known[2]), pre), given)

    @property
    def is_odd(self) -> bool:
        """Whether it compares with any version at all, such as ``>*``, of which Helm makes what nobody would guess."""
        return not self.given and self.how not in ("=", "~")

    def fits(self, version: Version) -> bool:
        if version.pre and not self.than.pre and not (self.how == "!=" and self.given == 3):
            return False
        return bool(getattr(self, _CHECKS[self.how])(version))

    def _same(self, version: Version) -> bool:
        return version == self.than if self.given == 3 else self._near(version)

    def _other(self, version: Version) -> bool:
        if self.given == 3:
            return version != self.than
        return version.numbers[: self.given] != self.than.numbers[: self.given]

    def _above(self, version: Version) -> bool:
        """Of ``>1.2`` no 1.2.x is one."""
        if self.given == 3:
            return version > self.than
        return version.numbers[: self.given] > self.than.numbers[: self.given]

    def _from(self, version: Version) -> bool:
        return version >= self.than

    def _below(self, version: Version) -> bool:
        return version < self.than

    def _upto(self, version: Version) -> bool:
        """Of ``<=1.2`` every 1.2.x is one."""
        if self.given == 3:
            return version <= self.than
        return version.numbers[: self.given] <= self.than.numbers[: self.given]

    def _near(self, version: Version) -> bool:
        """``~``: the same major and, where it was given, minor; of ``~0.0.0`` Helm makes everything."""
        kept = 0 if self.than.numbers == (0, 0, 0) and self.given == 3 else min(self.given, 2)
        return version >= self.than and version.numbers[:kept] == self.than.numbers[:kept]

    def _compatible(self, version: Version) -> bool:
        """``^``: the same up to the first number that is not zero, or the last that was given."""
        kept = next((index + 1 for index, number in enumerate(self.than.numbers) if number), 3)
        kept = min(kept, self.given)
        return version >= self.than and version.numbers[:kept] == self.than.numbers[:kept]


_CHECKS = {
    "=": "_same",
    "!=": "_other",
    ">": "_above",
    ">=": "_from",
    "<": "_below",
    "<=": "_upto",
    "~": "_near",
    "^": "_compatible",
}
