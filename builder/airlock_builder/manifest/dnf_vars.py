"""dnf's variables in a text: ``$name``, ``${name}``, ``${name:-default}``, ``${name:+instead}``.

Source: libdnf's ``ConfigParser::substitute``. As there the default and what stands instead may hold variables again,
and a backslash takes its meaning from the character behind it. A variable that nothing defines stays in the text in
dnf, and the URL is asked with it; here the caller is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

MAX_DEPTH = 32
_NAME = re.compile(r"[A-Za-z0-9_]+")
Missing = Callable[[str], None]


def substituted(text: str, known: Mapping[str, str], missing: Missing) -> str:
    """A text with what its variables stand for.

    Args:
        missing: told of each variable that nothing defines and that has no default.
    """
    return _Text(text, known, missing).all()


class _Text:
    def __init__(self, text: str, known: Mapping[str, str], missing: Missing) -> None:
        self._text = text
        self._known = known
        self._missing = missing
        self._at = 0

    def all(self) -> str:
        return self._words(0)

    def _words(self, depth: int) -> str:
        """What follows, up to the end or, within braces, up to the one that closes them."""
        found: list[str] = []
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter == "}" and depth:
                break
            if letter == "\\" and self._at + 1 < len(self._text):
                found.append(self._text[self._at + 1])
                self._at += 2
            elif letter == "$":
                found.append(self._variable(depth))
            else:
                found.append(letter)
                self._at += 1
        return "".join(found)

    def _variable(self, depth: int) -> str:
        start = self._at
        braced = self._text.startswith("{", start + 1)
        name = _NAME.match(self._text, start + 1 + braced)
        if name is None:
            self._at = start + 1
            return "$"
        self._at = name.end()
        if not braced:
            return self._value(name[0], self._text[start : self._at])
        mode = self._text[self._at : self._at + 2]
        unknown: list[str] = []
        word = self._word(depth, unknown) if mode in (":-", ":+") and depth < MAX_DEPTH else None
        if not self._text.startswith("}", self._at):
            self._at = start + 1  # not a variable: what follows is read as any text
            return "$"
        self._at += 1
        if word is None:
            return self._value(name[0], self._text[start : self._at])
        value = self._known.get(name[0], "")
        if bool(value) == (mode == ":-"):
            return value if mode == ":-" else ""
        for one in unknown:
            self._missing(one)
        return word

    def _word(self, depth: int, unknown: list[str]) -> str:
        """The word behind ``:-`` or ``:+``; what is unknown in it matters only where it is used."""
        outer, self._missing = self._missing, unknown.append
        self._at += 2
        try:
            return self._words(depth + 1)
        finally:
            self._missing = outer

    def _value(self, name: str, written: str) -> str:
        if name not in self._known:
            self._missing(name)
        return self._known.get(name, written)
