"""Several YAML documents in one file, read with limits: no aliases, no key twice, values as texts alone.

A stream ``1.10`` must not become the number 1.1, and 294 bytes of aliases must not become gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

MAX_DEPTH = 32
MAX_EVENTS = 800_000
"""Forty times what a mirror of Enterprise Linux 8 has."""
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def documents(data: bytes) -> Iterator[dict[str, Any]]:
    """All documents, built from the parser's events so that aliases never unfold; empty values are None.

    Raises:
        ValueError, TypeError, yaml.YAMLError: not YAML, or not within the limits.
    """
    events = _bounded(yaml.parse(data, Loader=_Loader))
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            document = _value(next(events), events, 0)
            if document == "":
                continue
            if not isinstance(document, dict):
                raise TypeError("a document that is no mapping")
            yield document


def _bounded(events: Iterable[Any]) -> Iterator[Any]:
    for count, event in enumerate(events):
        if count > MAX_EVENTS:
            raise ValueError(f"more than {MAX_EVENTS} values")
        yield event


def _value(event: Any, events: Iterator[Any], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise ValueError("an alias or anchor")
    if isinstance(event, yaml.SequenceStartEvent):
        return [_value(item, events, depth + 1) for item in _items(events)]
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, depth)
    return event.value


def _mapping(events: Iterator[Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_event in _items(events):
        key = _value(key_event, events, depth + 1)
        if not isinstance(key, str) or key in found:
            raise ValueError(f"the key {key!r} stands twice or is no text")
        value = _value(next(events), events, depth + 1)
        found[key] = None if value == "" else value
    return found


def _items(events: Iterator[Any]) -> Iterator[Any]:
    """The events up to the end of the collection that was begun."""
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            return
        yield event
