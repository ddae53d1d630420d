"""Plain data as YAML text: the very bytes that PyYAML's block style gives, ten times as fast.

Texts that are plain without a doubt are written here; PyYAML decides how all others are quoted.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9_./+~^%@=,()-]|:(?=[A-Za-z0-9_/]))*")
"""No indicator in any place where it would mean something (YAML 1.1, 5.3)."""
_RESOLVERS = yaml.SafeDumper.yaml_implicit_resolvers
_LONGEST = 100
"""Longer keys, and empty ones, are written in another form."""
_WIDTH = 1 << 20


class _Odd(Exception):
    """A value that is left to PyYAML."""


def dumps(value: Any) -> str:
    """The text of mappings, lists, texts, whole numbers, booleans and None, in the order given, ending in LF."""
    try:
        return "".join(f"{line}\n" for line in _document(value))
    except _Odd:
        return _by_pyyaml(value)


def _document(value: Any) -> Iterator[str]:
    if not isinstance(value, dict | list | tuple):
        raise _Odd
    return _lines(value)


def _lines(value: Any) -> Iterator[str]:
    """Lines of a value, as they stand at the margin."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _entry(_key(key), inner)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            lead = "- "
            for line in _lines(item):
                yield lead + line
                lead = "  "
    else:
        yield _flat(value)


def _entry(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict | list | tuple) and value:
        yield f"{key}:"
        margin = "  " if isinstance(value, dict) else ""  # the dashes of a list stand below their key
        for line in _lines(value):
            yield margin + line
    else:
        yield f"{key}: {_flat(value)}"


def _key(key: Any) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST:
        raise _Odd
    return _text(key)


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if value in ({}, [], ()):
        return "{}" if isinstance(value, dict) else "[]"
    raise _Odd


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and not any(pattern.match(value) for _, pattern in _RESOLVERS.get(value[0], ())):
        return value
    return _quoted(value)


@functools.lru_cache(maxsize=1 << 12)
def _quoted(value: str) -> str:
    written = _by_pyyaml(value).removesuffix("...\n").removesuffix("\n")
    if "\n" in written:
        raise _Odd
    return written


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _by_pyyaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)
