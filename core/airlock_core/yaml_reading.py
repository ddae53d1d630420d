"""One YAML document from its events, in one pass: strict as it goes, and nothing built of what is refused.

PyYAML would first compose a tree of nodes, which at ten thousand entries takes four times as long. Source: YAML 1.1,
chapter 4 (the tree of a document), and PyYAML's resolver and constructor, which say what a plain scalar is.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from typing import Any

import yaml

MAX_DEPTH = 64

_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_TEXT = f"{_CORE}str"
_SCALARS = frozenset(f"{_CORE}{kind}" for kind in ("str", "int", "float", "bool", "null"))
_PLAIN = (None, "!")
_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_CORE}timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""What plain scalars are besides texts: dates stay texts."""


def read(text: str, texts: Collection[str] = ()) -> Any:
    """The one document of a text; None where there is none.

    Args:
        texts: foreign tags whose scalars are taken as texts.

    Raises:
        yaml.YAMLError, ValueError: no YAML; anchors, duplicate keys, foreign tags, several documents, too deep.
    """
    events = yaml.parse(text, _Base)
    if texts:
        events = (_as_text(event, texts) for event in events)
    found = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _fault(event, "more than one document")
            found = _value(next(events), events, 0)
    return found


def lines(text: str) -> dict[tuple[str | int, ...], int]:
    """The line, from 1, of each key and item of a text that :func:`read` takes, by its path."""
    root = yaml.compose(text, _Base)
    return dict(_lines_below(root, ())) if root else {}


def _lines_below(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        below = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [(index, item, item) for index, item in enumerate(node.value)]
    else:
        below = []
    for step, named, value in below:
        yield (*path, step), named.start_mark.line + 1
        yield from _lines_below(value, (*path, step))


def _value(event: Any, events: Iterator[Any], depth: int) -> Any:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _fault(event, "anchors and aliases are not allowed")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if depth >= MAX_DEPTH:
        raise _fault(event, f"nested deeper than {MAX_DEPTH}")
    if isinstance(event, yaml.SequenceStartEvent):
        _check_tag(event, "seq")
        return _sequence(events, depth + 1)
    _check_tag(event, "map")
    return _mapping(events, depth + 1)


def _as_text(event: Any, texts: Collection[str]) -> Any:
    if isinstance(event, yaml.ScalarEvent) and event.tag in texts:
        event.tag = _TEXT
    return event


def _sequence(events: Iterator[Any], depth: int) -> list[Any]:
    found = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        found.append(_value(event, events, depth))
    return found


def _mapping(events: Iterator[Any], depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _value(event, events, depth)
        if not isinstance(key, str | int | float):
            raise _fault(event, "a key must be a text")
        if key in found:
            raise _fault(event, f"the key {key!r} stands twice")
        found[key] = _value(next(events), events, depth)
    return found


def _scalar(event: Any) -> Any:
    value: str = event.value
    tag = event.tag
    if tag in _PLAIN:
        tag = _resolved(value) if event.implicit[0] else _TEXT
    if tag == _TEXT:
        return value
    if tag not in _SCALARS:
        raise _fault(event, f"the tag {tag!r} is not allowed")
    try:
        return _constructed(tag, value)
    except yaml.MarkedYAMLError as error:
        raise _fault(event, str(error.problem)) from error


def _resolved(value: str) -> str:
    """The tag of a plain scalar."""
    for tag, pattern in (*_RESOLVERS.get(value[:1], ()), *_RESOLVERS.get(None, ())):
        if pattern.match(value):
            return str(tag)
    return _TEXT


@functools.lru_cache(maxsize=1 << 12)
def _constructed(tag: str, value: str) -> Any:
    return yaml.constructor.SafeConstructor().construct_object(yaml.ScalarNode(tag, value))


def _check_tag(event: Any, kind: str) -> None:
    if event.tag not in (*_PLAIN, f"{_CORE}{kind}"):
        raise _fault(event, f"the tag {event.tag!r} is not allowed")


def _fault(event: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
