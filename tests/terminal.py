"""A terminal as far as progress needs one: what stands on it after some output."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Terminal:
    """Lines that text is written to, with the controls that move the cursor up and erase a line.

    Args:
        width: columns; what is longer goes on on the next line.
    """

    def __init__(self, width: int) -> None:
        self.lines = [""]
        self.cursor_is_shown = True
        self._width = width
        self._row = self._column = 0

    def feed(self, text: str) -> Terminal:
        """Take some output."""
        for match in _CONTROL.finditer(text):
            code, letter, end, plain = match.groups()
            if letter:
                self._control(code, letter)
            elif end:
                self._end(end)
            else:
                self._write(plain)
        return self

    @property
    def text(self) -> str:
        """What is to be read, without blank lines at the end."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    def _control(self, code: str, letter: str) -> None:
        if letter == "A":
            self._row = max(0, self._row - int(code or 1))
        elif letter == "K":
            self.lines[self._row] = ""
        elif letter in "hl" and code == "?25":
            self.cursor_is_shown = letter == "h"

    def _end(self, end: str) -> None:
        self._column = 0
        if end == "\n":
            self._row += 1
            self._reach()

    def _write(self, text: str) -> None:
        for char in text:
            if self._column == self._width:
                self._end("\n")
            line = self.lines[self._row].ljust(self._column)
            self.lines[self._row] = line[: self._column] + char + line[self._column + 1 :]
            self._column += 1

    def _reach(self) -> None:
        while len(self.lines) <= self._row:
            self.lines.append("")
