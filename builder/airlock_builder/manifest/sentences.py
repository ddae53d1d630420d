"""pydantic's errors as sentences for people, each with the place where the value was written."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.model.values import Model
from airlock_builder.manifest.tree import Node, Step
from airlock_core import sentences
from airlock_core.errors import AirlockError, InputError


def translated(error: ValidationError, tree: Node) -> list[AirlockError]:
    """All errors of a validation, in pydantic's order (that of the model); one a place."""
    found: dict[str, AirlockError] = {}
    for details in error.errors():
        fault = _fault(details, tree)
        found.setdefault(fault.where, fault)
    return list(found.values())


def _fault(details: ErrorDetails, tree: Node) -> InputError:
    path = [step for step in details["loc"] if not _is_branch(step)]
    what, todo = _sentence(details, path)
    return InputError(what, where=str(tree.place_of(path)), todo=todo)


def _is_branch(step: Step) -> bool:
    """A union's branch, which no one wrote: our own ``<tags>``, and pydantic's names for a kickstart value's types."""
    return isinstance(step, str) and (step.startswith(("<", "tuple[")) or step in ("str", "int", "bool"))


def _sentence(details: ErrorDetails, path: list[Step]) -> tuple[str, str]:
    kind, found = details["type"], details["input"]
    if kind == "unexpected_keyword_argument":
        return f"unknown key {str(path[-1])!r}", _nearest(path)
    if kind == "string_pattern_mismatch":
        return _of_pattern(str(details["ctx"]["pattern"]), found)
    if path[:2] == ["kickstart", "values"] and len(path) == 3:
        return f"expected a text, a whole number, true, false or a list of texts, found {sentences.told(found)}", ""
    return sentences.sentence(kind, found, details.get("ctx", {}))


_CREDENTIALS = re.compile(r"//[^/\s]*@")
_PATTERNS = (
    ("[^*?/", "names every image, or none: {}", "write an image; wildcards may be a part of it"),
    ("[^*?", "names every package, or none: {}", "write a name, name.arch or NEVRA; wildcards may be a part of it"),
    ("sha256:", "not a digest: {}", "write it as sha256: and 64 hex digits"),
    ("none|https?", "not a proxy: {}", "write its URL (http:// or https://), without credentials, or none"),
    ("{1,128}$", "not a repo's id: {}", "use at most 128 of A-Z a-z 0-9 _ . : -"),
    ("^[A-Za-z_]", "not the name of an environment variable", "name the variable; the secret stands in it"),
    ("^[A-Za-z0-9_.+/-]+", "not a folder of the base ISO: {}", "write its path in the ISO, such as BaseOS"),
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


_HELMS = "write a chart of a registry as {oci: oci://host/path/name, version: …}, without name and repository"
"""For who writes what Helm has in a chart's dependencies."""


def _of_pattern(pattern: str, found: object) -> tuple[str, str]:
    for part, what, todo in _PATTERNS:
        if part in pattern:
            known = _HELMS if part == "https?|file" and str(found).startswith("oci://") else todo
            return what.format(_CREDENTIALS.sub("//***@", sentences.told(found))), known
    return f"not as expected: {sentences.told(found)}", ""


def _nearest(path: list[Step]) -> str:
    known = _keys(path[:-1])
    if path[-1] in known:
        return "it goes with another kind of entry: take it out"
    return sentences.nearest(str(path[-1]), known)


def _keys(path: list[Step]) -> set[str]:
    """The keys that the model knows at a path."""
    kinds: set[type[Model]] = {Manifest}
    for step in path:
        fields = [hints[step] for hints in map(get_type_hints, kinds) if isinstance(step, str) and step in hints]
        if fields:  # an index, or the free key of a mapping, leads no deeper into the types
            kinds = {kind for field in fields for kind in _kinds(field)}
    return {field.name for kind in kinds for field in dataclasses.fields(kind)}


def _kinds(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)
