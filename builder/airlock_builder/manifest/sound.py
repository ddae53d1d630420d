"""Manifests that were found sound, kept as JSON by all that was read of them: another run need not check them again."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Hashable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from airlock_builder.derived import Derived
from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.model.values import Chosen, Model, Tag
from airlock_core.digest import Digest
from airlock_core.version import VERSION

_Kind = TypeVar("_Kind", bound=Model)
_MODEL = Path(__file__).with_name("model")


class SoundManifests(Derived):
    """The manifests of one folder."""

    suffix = "json"

    @cached_property
    def maker(self) -> str:
        """The release and its model, which says what is sound."""
        return " ".join([VERSION, *(str(Digest.sha256(path.read_bytes())) for path in sorted(_MODEL.glob("*.py")))])

    def manifest(self, plain: Any) -> Manifest | None:
        """The manifest that these plain data were once checked to be."""
        kept = self.find([_digest(plain)])
        return made(Manifest, json.loads(kept.read_bytes())) if kept else None

    def add(self, plain: Any, manifest: Manifest) -> None:
        """Keep what plain data were checked to be.

        Raises:
            MachineError: no space or no right to write.
        """
        data = json.dumps(manifest, default=_plain).encode()
        self.keep([_digest(plain)], lambda path: path.write_bytes(data))


def _digest(plain: Any) -> Digest:
    return Digest.sha256(json.dumps(plain, sort_keys=True).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def made(kind: type[_Kind], data: Mapping[str, Any]) -> _Kind:
    """A value of one kind from data that are known to be sound, as JSON has them."""
    hints = _hints(cast(Hashable, kind))
    return kind(**{key: _value(hints[key], value) for key, value in data.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _value(kind: Any, value: Any) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        chosen = next((mark for mark in parts[1:] if isinstance(mark, Chosen)), None)
        return _value(_member(parts[0], chosen.tag_of(value)) if chosen else parts[0], value)
    if origin in (Union, types.UnionType):
        return _of_union(parts, value)
    if origin is tuple:
        return tuple(_value(parts[0], one) for one in value)
    if origin is dict:
        return {key: _value(parts[1], one) for key, one in value.items()}
    if isinstance(kind, type) and issubclass(kind, Model):
        return made(kind, value)
    return Path(value) if kind is Path else value


def _member(union: Any, tag: str) -> Any:
    """The member of a union that bears a tag."""
    return next(part for part in get_args(union) if Tag(tag) in get_args(part))


def _of_union(parts: tuple[Any, ...], value: Any) -> Any:
    """Of a union without tags: nothing, a list, or the one other that there is; texts and numbers are as they are."""
    if value is None or isinstance(value, bool | int):
        return value
    lists = [part for part in parts if get_origin(part) is tuple]
    if isinstance(value, list) and lists:
        return _value(lists[0], value)
    others = [part for part in parts if part is not type(None) and part not in lists]
    return _value(others[0], value)
