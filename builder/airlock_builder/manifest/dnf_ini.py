"""The ini dialect of dnf's .repo files.

Source: libdnf's own parser (``libdnf/utils/iniparser``), which is not Python's: ``=`` alone stands between key and
value; ``#`` and ``;`` begin a comment only where a line begins; an indented line goes on with the value of the line
before it, and nothing may stand between the two. What libdnf would misread silently is a fault here: a key that stands
twice with two values, a section that stands twice, an indented comment that would become a part of a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_BLANK = " \t\r"
_COMMENT = ("#", ";")
ADDED_UP = ("exclude", "excludepkgs", "includepkgs")
"""Keys that may stand several times: their values add up (``OptionStringListAppend``)."""


@dataclass
class Value:
    """A value and the line that it begins in, counted from 1; a value that goes on has line feeds."""

    text: str
    line: int


@dataclass
class Section:
    """One section: its name (empty where that is at fault), its line, its values by key."""

    name: str
    line: int
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line."""

    line: int
    what: str
    todo: str = ""


def parse(text: str) -> tuple[list[Section], list[Fault]]:
    """All sections in their order, and all that is wrong."""
    reader = _Reader()
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        reader.take(number, line)
    return reader.sections, reader.faults


class _Reader:
    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.faults: list[Fault] = []
        self._before: tuple[str, Value] | None = None
        """The key and value of the line before, which an indented line goes on with."""

    def take(self, number: int, line: str) -> None:
        words = line.strip(_BLANK)
        if not words or line.startswith(_COMMENT):
            self._before = None
        elif words.startswith("["):
            self._before = None
            self.faults.extend(self._section(number, words))
        elif line[0] in _BLANK:
            self.faults.extend(self._continuation(number, words))
        else:
            self._before = None
            self.faults.extend(self._pair(number, words))

    def _section(self, number: int, words: str) -> Iterator[Fault]:
        name, bracket, behind = words[1:].partition("]")
        if not bracket or not name:
            yield Fault(number, "a section without a name in brackets", "write it as [id]")
            self.sections.append(Section("", number))  # what follows is its, and is not wrong for that
            return
        if behind.lstrip(_BLANK) and not behind.lstrip(_BLANK).startswith(_COMMENT):
            yield Fault(number, f"text behind [{name}]: {behind.strip(_BLANK)!r}", "take it out")
        same = next((section for section in self.sections if section.name == name), None)
        if same:
            yield Fault(number, f"the section [{name}] stands twice; it stood in line {same.line}", "keep one of them")
        self.sections.append(Section(name, number))

    def _continuation(self, number: int, words: str) -> Iterator[Fault]:
        if self._before is None:
            yield Fault(number, "an indented line that goes on with nothing", "take the blanks before it out")
            return
        key, value = self._before
        if words.startswith(_COMMENT):
            what = f"an indented comment: dnf takes it for a part of {key}"
            yield Fault(number, what, "begin the comment where the line begins")
        value.text += f"\n{words}"

    def _pair(self, number: int, words: str) -> Iterator[Fault]:
        key, equals, text = (part.strip(_BLANK) for part in words.partition("="))
        if not equals or not key:
            yield Fault(number, f"neither a section, nor key = value, nor a comment: {words[:60]!r}")
        elif not self.sections:
            yield Fault(number, f"{key} stands before any section", "write [id] above it")
        else:
            self._before = (key, Value(text, number))
            yield from self._keep(key, self._before[1])

    def _keep(self, key: str, value: Value) -> Iterator[Fault]:
        values = self.sections[-1].values
        known = values.setdefault(key, value)
        if known is value:
            return
        if key in ADDED_UP:
            # the line that goes on with it must go on with both
            known.text += f"\n{value.text}"
            self._before = (key, known)
        elif known.text != value.text:
            yield Fault(value.line, f"{key} stands twice; it stood in line {known.line}", "keep one of them")
