"""Names of hosts as an inventory writes them: with ranges and a port.

Source: Ansible, "How to build your inventory", "Adding ranges of hosts": ``web[01:50].x`` keeps leading zeros,
``db-[a:f]``, a step behind a second colon, ``name:port``.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator

from airlock_core.errors import InputError

MAX_HOSTS = 10_000
"""No line names more."""
MAX_PORT = 65_535

_RANGE = re.compile(r"\[([^\[\]]*)\]")
_PORT = re.compile(r"(?P<name>(?:[^:\[\]]|\[[^\[\]]*\])*):(?P<port>[0-9]+)")
_NAME = re.compile(r"(?!.*[-_](?:\.|$))[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_LETTERS = string.ascii_letters
_WRITTEN = "write it as name[first:last] or name[first:last:step]"


def expand(pattern: str) -> tuple[tuple[str, ...], int | None]:
    """All names of a pattern, and its port: ``n[08:10]:22`` → n08, n09, n10 and 22.

    Raises:
        InputError: a range that is none, runs backwards or has no end; a name that no host can have.
    """
    match = _PORT.fullmatch(pattern)
    text, port = (match["name"], check_port(match["port"])) if match else (pattern, None)
    if match and "[:" in text:
        raise InputError(f"a range without a beginning, and a port: {pattern!r}", todo=_WRITTEN)
    parts = _RANGE.split(text)
    choices = [_range(part) if index % 2 else [part] for index, part in enumerate(parts)]
    names = tuple("".join(words) for words in itertools.islice(itertools.product(*choices), MAX_HOSTS + 1))
    if len(names) > MAX_HOSTS:
        raise InputError(f"more than {MAX_HOSTS} hosts: {pattern!r}", todo=_WRITTEN)
    for name in names:
        _check(name, pattern)
    return names, port


def check_port(text: str) -> int:
    """A port as a number.

    Raises:
        InputError: it is none.
    """
    if not _is_number(text) or not 0 < int(text) <= MAX_PORT:
        raise InputError(f"not a port: {text!r}", todo=f"write a number from 1 to {MAX_PORT}")
    return int(text)


def _check(name: str, pattern: str) -> None:
    if name.startswith("\ufeff"):
        raise InputError("the file begins with a byte order mark", todo="save it as UTF-8 without one")
    if "[" in name or "]" in name:
        raise InputError(f"not a range of hosts: {pattern!r}", todo=_WRITTEN)
    if not _NAME.fullmatch(name):
        raise InputError(f"not the name of a host: {name!r}", todo="use letters, digits, - and .; a port is name:22")


def _range(text: str) -> list[str]:
    first, colon, rest = text.partition(":")
    last, stepped, step = rest.partition(":")
    every = step if stepped else "1"
    if not colon or not _is_number(every) or int(every) == 0:
        raise InputError(f"not a range of hosts: [{text}]", todo=_WRITTEN)
    return list(itertools.islice(_run(first, last, int(every), text), MAX_HOSTS + 1))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _run(first: str, last: str, step: int, text: str) -> Iterator[str]:
    if len(first) == len(last) == 1 and first in _LETTERS and last in _LETTERS:
        letters = _LETTERS[_LETTERS.index(first) : _LETTERS.index(last) + 1 : step]
        yield from _forward(iter(letters), text)
        return
    if not _is_number(last) or not _is_number(first or "0"):
        raise InputError(f"not a range of hosts: [{text}]", todo=_WRITTEN)
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    if width and width != len(last):
        raise InputError(f"the range [{text}] has ends of different lengths", todo="write 08:10, not 08:100")
    numbers = range(int(first or "0"), int(last) + 1, step)
    yield from _forward((f"{number:0{width}}" for number in numbers), text)


def _forward(words: Iterator[str], text: str) -> Iterator[str]:
    first = next(words, None)
    if first is None:
        raise InputError(f"the range [{text}] runs backwards", todo="write the smaller end first")
    yield first
    yield from words
