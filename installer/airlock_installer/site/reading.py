"""A YAML file of the site held against its model: all that is wrong with it, by line, and what is right of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from airlock_core import sentences, strict_yaml
from airlock_core.errors import InputError
from airlock_installer.site import kinds
from airlock_installer.site.model.values import Model
from airlock_installer.site.passwords import names_password
from airlock_installer.site.places import Fault, Source, Step

M = TypeVar("M", bound=Model)


def read(kind: type[M], path: Path) -> tuple[M, Source, list[Fault]]:
    """What a file says; keys that are at fault, or that it lacks, have their defaults.

    Raises:
        Fault: it cannot be read as YAML at all.
    """
    data, source = load(path)
    faults = list[Fault]()
    try:
        return kind.model_validate(data), source, faults
    except ValidationError as error:
        faults = sorted((_fault(details, kind, source) for details in _innermost(error)), key=lambda fault: fault.line)
        wrong = {str(details["loc"][0]) for details in error.errors()}
    return kind.model_validate({key: value for key, value in data.items() if key not in wrong}), source, faults


def load(path: Path, texts: Collection[str] = ()) -> tuple[dict[str, Any], Source]:
    """A file's keys and values, and their lines.

    Args:
        texts: tags of what is taken as a text.

    Raises:
        Fault: it cannot be read, is no YAML of the strict kind, or holds something else than keys.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        data = strict_yaml.loads(text, where="", texts=texts)
    except OSError as error:
        todo = "run `airlock-site prepare`, which copies the samples" if not path.exists() else ""
        raise Fault("cannot be read", path, why=error.strerror or str(error), todo=todo) from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Fault("not UTF-8", path, line, todo="save the file as UTF-8") from error
    except InputError as error:
        place = error.where.split(":")[1] if ":" in error.where else "0"
        raise Fault(error.what, path, int(place), why=error.why, todo=error.todo) from error
    if not isinstance(data, dict | None):
        raise Fault("must hold keys and values", path, 1, todo="write key: value, with a blank behind the colon")
    return {str(key): value for key, value in (data or {}).items()}, Source(path, strict_yaml.lines(text))


def _innermost(error: ValidationError) -> list[ErrorDetails]:
    """All errors but those of a list whose items are at fault: it is too short for want of them alone."""
    errors = error.errors()
    return [one for one in errors if not any(_is_below(other["loc"], one["loc"]) for other in errors)]


def _is_below(path: tuple[Step, ...], other: tuple[Step, ...]) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _fault(details: ErrorDetails, kind: type[Model], source: Source) -> Fault:
    path = tuple(step for step in details["loc"] if not str(step).startswith(("function-", "literal[", "[key]")))
    if details["type"] == "extra_forbidden":
        return source.fault("an unknown key", *path, todo=_nearest(path, kind))
    if details["type"] == "string_pattern_mismatch":
        return source.fault(f"not a path: {sentences.told(details['input'])}", *path, todo="begin it with /")
    what, todo = sentences.sentence(details["type"], details["input"], details.get("ctx", {}))
    return source.fault(what, *path, todo=todo)


def _nearest(path: tuple[Step, ...], kind: type[Model]) -> str:
    key = str(path[-1])
    if names_password(key):
        return "take it out: passwords do not stand here, `airlock-site vault` asks for them"
    home = kinds.home_of(key) if len(path) == 1 else ""
    if home:
        return f"it belongs in {home}"
    return sentences.nearest(key, _keys(path[:-1], kind))


def _keys(path: tuple[Step, ...], kind: type[Model]) -> set[str]:
    """The keys that a model knows at a path."""
    for step in path:
        if isinstance(step, str) and step in kind.model_fields:
            kind = _model_in(kind.model_fields[step].annotation) or kind
    return set(kind.model_fields)


def _model_in(annotation: Any) -> type[Model] | None:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
