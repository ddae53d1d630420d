"""modules.yaml: streams of modules, their packages and profiles, and which stream is the default.

Source: libmodulemd's ``modulemd`` version 2 and ``modulemd-defaults`` version 1. Values are read as texts alone: a
stream ``1.10`` must not become the number 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from airlock_core.errors import VerificationError

MAX_DEPTH = 32
MAX_EVENTS = 20_000_000
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
Requires = tuple[tuple[str, tuple[str, ...]], ...]
"""Modules by name, each with the streams that will do; any stream where there is none."""


@dataclass(frozen=True, order=True)
class Stream:
    """One build of one stream of a module.

    Args:
        name, stream, version, context, arch: its identity.
        artifacts: its packages as ``name-epoch:version-release.arch``.
        requires: alternatives, of which one must hold; each a set of modules.
        profiles: package names by profile.
    """

    name: str
    stream: str
    version: int
    context: str
    arch: str
    artifacts: frozenset[str] = field(default=frozenset(), compare=False)
    requires: tuple[Requires, ...] = ()
    profiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.name}:{self.stream}:{self.version}:{self.context}:{self.arch}"


@dataclass(frozen=True)
class ModuleIndex:
    """All streams, default streams by module, and default profiles by module and stream."""

    streams: tuple[Stream, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def merge(cls, parts: Iterable[ModuleIndex]) -> ModuleIndex:
        """The streams of several repositories; of two defaults for one module neither holds, as libmodulemd has it."""
        parts = tuple(parts)
        defaults: dict[str, set[str]] = {}
        for part in parts:
            for module, stream in part.defaults.items():
                defaults.setdefault(module, set()).add(stream)
        return cls(
            streams=tuple(sorted({stream for part in parts for stream in part.streams})),
            defaults={module: min(found) for module, found in defaults.items() if len(found) == 1},
            profiles={key: value for part in parts for key, value in part.profiles.items()},
        )


def parse(data: bytes, *, where: str) -> ModuleIndex:
    """Read modules.yaml.

    Raises:
        VerificationError: not YAML, with aliases or duplicate keys, or without the keys that a document needs.
    """
    streams: list[Stream] = []
    defaults: dict[str, str] = {}
    profiles: dict[tuple[str, str], tuple[str, ...]] = {}
    try:
        for document in _documents(data):
            kind, content = document.get("document"), document.get("data", {})
            if kind == "modulemd":
                streams.append(_stream(content))
            elif kind == "modulemd-defaults":
                _read_defaults(content, defaults, profiles)
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise VerificationError("its module metadata cannot be read", where=where, why=why) from error
    return ModuleIndex(tuple(sorted(streams)), defaults, profiles)


def _stream(data: Mapping[str, Any]) -> Stream:
    profiles = data.get("profiles") or {}
    return Stream(
        name=data["name"],
        stream=data["stream"],
        version=int(data.get("version", 0)),
        context=data.get("context", ""),
        arch=data.get("arch", ""),
        artifacts=frozenset((data.get("artifacts") or {}).get("rpms") or ()),
        requires=tuple(_requires(entry.get("requires") or {}) for entry in data.get("dependencies") or ()),
        profiles={name: tuple(profile.get("rpms") or ()) for name, profile in profiles.items()},
    )


def _requires(entry: Mapping[str, Any]) -> Requires:
    return tuple(sorted((module, tuple(sorted(streams or ()))) for module, streams in entry.items()))


def _read_defaults(
    data: Mapping[str, Any], defaults: dict[str, str], profiles: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    if data.get("stream"):
        defaults[data["module"]] = data["stream"]
    for stream, names in (data.get("profiles") or {}).items():
        profiles[data["module"], stream] = tuple(names or ())


def _documents(data: bytes) -> Iterator[dict[str, Any]]:
    """All documents, built from the parser's events so that aliases never unfold."""
    events = _bounded(yaml.parse(data, Loader=_Loader))
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            document = _value(next(events), events, 0)
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
