"""pydantic's errors as sentences for people, each with the place where the value was written."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.tree import Node, Step
from airlock_core.errors import AirlockError, InputError


def translated(error: ValidationError, tree: Node) -> list[AirlockError]:
    """All errors of a validation, in pydantic's order (that of the model)."""
    return [_fault(details, tree) for details in error.errors()]


def _fault(details: ErrorDetails, tree: Node) -> InputError:
    path = [step for step in details["loc"] if not _is_tag(step)]
    what, todo = _sentence(details, path)
    return InputError(what, where=str(tree.place_of(path)), todo=todo)


def _is_tag(step: Step) -> bool:
    """The name of a union's branch, which no one wrote."""
    return isinstance(step, str) and step.startswith(("<", "function-", "tuple[")) or step in _SCALARS


_SCALARS = ("str", "int", "bool")


def _sentence(details: ErrorDetails, path: list[Step]) -> tuple[str, str]:
    kind, found = details["type"], details["input"]
    if kind == "extra_forbidden":
        return f"unknown key {str(path[-1])!r}", _nearest(path)
    if kind == "string_pattern_mismatch":
        return _of_pattern(str(details["ctx"]["pattern"]), found)
    if kind == "string_type" and isinstance(found, int | float):
        return f"expected a text, found the number {found}", f'write it in quotes, such as "{found}": YAML cuts 8.10 to 8.1'
    for kinds, say in _SENTENCES:
        if kind in kinds:
            return say(details), ""
    return f"not as expected: {_of(found)}", "see `airlock schema` for what may stand here"


_SENTENCES: tuple[tuple[tuple[str, ...], Callable[[ErrorDetails], str]], ...] = (
    (("missing",), lambda _: "is missing"),
    (("string_too_short",), lambda _: "must not be empty"),
    (("string_type", "path_type"), lambda error: f"expected a text, found {_of(error['input'])}"),
    (("tuple_type", "list_type"), lambda error: f"expected a list, found {_of(error['input'])}"),
    (("model_type", "dict_type", "model_attributes_type"), lambda error: f"expected a mapping, found {_of(error['input'])}"),
    (("int_type", "int_parsing", "int_from_float"), lambda error: f"expected a whole number, found {_of(error['input'])}"),
    (("bool_type", "bool_parsing"), lambda error: f"expected true or false, found {_of(error['input'])}"),
    (("literal_error",), lambda error: f"expected {error['ctx']['expected']}, found {_of(error['input'])}"),
    (("greater_than_equal",), lambda error: f"must be at least {error['ctx']['ge']}, found {_of(error['input'])}"),
    (("less_than_equal",), lambda error: f"must be at most {error['ctx']['le']}, found {_of(error['input'])}"),
    (("value_error",), lambda error: str(error["ctx"]["error"])),
)

_PATTERNS = (
    ("sha256:", "not a digest: {}", "write it as sha256: and 64 hex digits"),
    ("https?|file", "not a URL: {}", "begin it with https://, http:// or file://"),
    ("^oci:", "not a chart in a registry: {}", "write it as oci://host/path/name"),
    ("{0,63}$", "not a name: {}", "use at most 64 of a-z 0-9 . _ - and begin with a letter or digit"),
    ("{0,31}$", "not a version: {}", "use at most 32 of A-Z a-z 0-9 . _ + ~ - and begin with a letter or digit"),
    ("^[89]", "not a release that airlock knows: {}", 'write "8.10" or "9.5", in quotes'),
    (r"^3\.", "not a Python version: {}", 'write "3.11", in quotes'),
    (r"\.[a-z0-9_]+$", "not a collection: {}", "write it as namespace.name"),
    (r":[^:", "not a module stream: {}", "write it as name:stream"),
    ("^[a-z0-9]+/", "not a platform: {}", "write it as linux/amd64"),
)


def _of_pattern(pattern: str, found: object) -> tuple[str, str]:
    for part, what, todo in _PATTERNS:
        if part in pattern:
            return what.format(_of(found)), todo
    return f"not as expected: {_of(found)}", ""


def _of(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _nearest(path: list[Step]) -> str:
    known = sorted(_keys(path[:-1]))
    near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"


def _keys(path: list[Step]) -> set[str]:
    """The keys that the model knows at a path."""
    models: set[type[BaseModel]] = {Manifest}
    for step in path:
        fields = [model.model_fields[step] for model in models if isinstance(step, str) and step in model.model_fields]
        if fields:  # an index, or the free key of a mapping, leads no deeper into the types
            models = {model for field in fields for model in _models(field.annotation)}
    return {key for model in models for key in model.model_fields}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
