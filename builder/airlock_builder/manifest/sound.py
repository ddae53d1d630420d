"""Manifests of which nothing need be said: the same marks read without pydantic, whose start takes longer than a solve.

What is beyond doubt right is made into its values here. Whatever is not, if only because it is written in a way that
few use, is pydantic's to judge and to explain (:mod:`airlock_builder.manifest.checking`): so this may say too little,
and never too much.
"""

from __future__ import annotations

import re
import types
from collections.abc import Hashable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from airlock_builder.manifest.model.values import Checked, Chosen, Model, Tag, Text, Whole, Written

_Kind = TypeVar("_Kind", bound=Model)


class _InDoubt(ValueError):
    """Perhaps wrong, perhaps right."""


def sound(kind: type[_Kind], plain: Any) -> _Kind | None:
    """The value of one kind that plain data say; None where that is for pydantic to tell.

    Args:
        plain: of YAML or JSON: mappings, lists, texts, numbers, truth values.
    """
    try:
        return cast(_Kind, _made(kind, plain))
    except ValueError:  # of marks' own checks too
        return None


def _made(kind: Any, data: Any) -> Any:
    hints, needed = _fields(cast(Hashable, kind))
    if not isinstance(data, dict) or not needed <= data.keys() <= hints.keys():
        raise _InDoubt
    return kind(**{key: _value(hints[key], value) for key, value in data.items()})


@cache
def _fields(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The types of a model's fields by name, and the names of those that must be given."""
    hints = {name: hint for name, hint in get_type_hints(kind, include_extras=True).items() if name in _names(kind)}
    return hints, frozenset(name for name in hints if _names(kind)[name])


def _names(kind: Any) -> dict[str, bool]:
    """Each field's name, and whether it has no default."""
    return {name: one.default is one.default_factory for name, one in kind.__dataclass_fields__.items()}


def _value(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        return _marked(kind.__origin__, kind.__metadata__, value)
    if origin in (Union, types.UnionType):
        return _any_of(get_args(kind), value)
    if origin is tuple:
        return tuple(map(partial(_value, get_args(kind)[0]), _exactly(list, value)))
    if origin is dict:
        keys, values = get_args(kind)
        return {_value(keys, key): _value(values, one) for key, one in _exactly(dict, value).items()}
    if origin is Literal:
        return value if value in get_args(kind) and type(value) is str else _doubt()
    if isinstance(kind, type) and issubclass(kind, Model):
        return _made(kind, value)
    return Path(_exactly(str, value)) if kind is Path else _exactly(kind, value)


def _exactly(kind: type, value: Any) -> Any:
    """The value, if it is of a type and of none below it: True is no number."""
    return value if type(value) is kind else _doubt()


def _doubt() -> Any:
    raise _InDoubt


def _marked(kind: Any, marks: Sequence[Any], value: Any) -> Any:
    """A value of a type with marks, of which the last is the outermost."""
    if not marks:
        return _value(kind, value)
    mark, within = marks[-1], partial(_marked, kind, marks[:-1])
    if isinstance(mark, Text):
        return value if _is_text(mark, _exactly(str, value)) else _doubt()
    if isinstance(mark, Whole):
        return value if mark.least <= _exactly(int, value) <= (value if mark.most is None else mark.most) else _doubt()
    if isinstance(mark, Checked):
        return mark.check(within(value))
    if isinstance(mark, Written):
        return within(mark.shape(value))
    if isinstance(mark, Chosen):
        return _value(_member(kind, mark.tag_of(value)), value)
    return within(value) if isinstance(mark, Tag) else _doubt()


def _is_text(mark: Text, value: str) -> bool:
    # "$" stands before a last newline here and does not in pydantic's expressions
    fits = mark.pattern is None or (re.search(mark.pattern, value) is not None and not value.endswith("\n"))
    return fits and len(value) >= (mark.least or 0)


def _member(union: Any, tag: str) -> Any:
    """The member of a union that bears a tag."""
    return next((part for part in get_args(union) if Tag(tag) in get_args(part)), None) or _doubt()


def _any_of(parts: Sequence[Any], value: Any) -> Any:
    """A value of the one type that it can be; of several that would take it, pydantic chooses."""
    found = []
    for part in parts:
        if part is types.NoneType:
            if value is None:
                return None
            continue
        try:
            found.append(_value(part, value))
        except ValueError:
            continue
    return found[0] if len(found) == 1 else _doubt()
