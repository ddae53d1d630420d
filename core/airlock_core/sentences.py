"""What is wrong with a value that people wrote, as a sentence, by the names that pydantic gives to errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

_CUTOFF = 0.5
_CONTEXT = ("expected", "ge", "le", "error")


def sentence(kind: str, found: object, context: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, and what to do where that is not plain.

    Args:
        kind: pydantic's name of the error.
        found: what was written.
        context: what pydantic knows besides: bounds, what it expected.
    """
    if kind == "string_type" and isinstance(found, int | float) and not isinstance(found, bool):
        why = ": without them YAML takes 8.10 for 8.1" if isinstance(found, float) else ""
        return f"expected a text, found the number {found}", f'write it in quotes, such as "{found}"{why}'
    if kind == "bool_type" and isinstance(found, str):
        return f"expected true or false, found the text {found!r}", "write true or false, without quotes"
    say = _SENTENCES.get(kind, "not as expected: {found}")
    return say.format(found=told(found), **{key: value for key, value in context.items() if key in _CONTEXT}), ""


def told(value: object) -> str:
    """A value as people wrote it; of a list or mapping only that it is one."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def nearest(word: str, known: Iterable[str]) -> str:
    """What someone who wrote an unknown word may have meant; all that is known where nothing is like it."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=_CUTOFF)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(words)}"


_TEXT, _LIST, _MAPPING = (f"expected a {kind}, found {{found}}" for kind in ("text", "list", "mapping"))
_NUMBER, _TRUTH = "expected a whole number, found {found}", "expected true or false, found {found}"
_SENTENCES = {
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_type": _TEXT,
    "path_type": _TEXT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dataclass_type": _MAPPING,
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "literal_error": "expected {expected}, found {found}",
    "greater_than_equal": "must be at least {ge}, found {found}",
    "less_than_equal": "must be at most {le}, found {found}",
    "value_error": "{error}",
}
