"""YAML and JSON as airlock accepts them: bounded, no aliases, no duplicate keys, no tags.

PyYAML's own safe loader expands nested aliases without a limit and keeps the last of duplicate keys silently.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from airlock_core import yaml_reading, yaml_writing
from airlock_core.errors import InputError

MAX_BYTES = 64 << 20
"""No file that people or airlock write is longer."""


def loads(text: str | bytes, *, where: str, texts: Collection[str] = ()) -> Any:
    """Read one YAML (or JSON) document.

    Args:
        text: the document; bytes must be UTF-8.
        where: the file's name, for errors.
        texts: foreign tags whose scalars are taken as texts.

    Raises:
        InputError: no YAML, too long, or with aliases, duplicate keys, foreign tags or several documents.
    """
    if len(text) > MAX_BYTES:
        raise InputError(f"longer than {MAX_BYTES} bytes", where=where)
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        return yaml_reading.read(text, texts)
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", where=where, why=str(error)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise InputError(str(error.problem or error.context), where=place, todo="correct this line") from error
    except yaml.reader.ReaderError as error:
        before, letter, _ = str(text).partition(chr(error.character))
        place = f"{where}:{before.count(chr(10)) + 1}"
        raise InputError(f"a character that YAML does not take: {letter!r}", where=place, todo="take it out") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("not YAML", where=where, why=str(error)) from error


def load(path: Path) -> Any:
    """Read one YAML file; see :func:`loads`.

    Raises:
        InputError: also where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return loads(file.read(MAX_BYTES + 1), where=str(path))
    except OSError as error:
        raise InputError("cannot be read", where=str(path), why=error.strerror or str(error)) from error


def lines(text: str) -> dict[tuple[str | int, ...], int]:
    """The line, from 1, of each key and item of a text that :func:`loads` takes, by path: ``("repos", 0, "id")``."""
    return yaml_reading.lines(text)


def dumps(value: Any) -> str:
    """Write YAML in the order given, LF, no line folding, ending in a line feed."""
    return yaml_writing.dumps(value)


def dump_json(value: Any) -> str:
    """Write JSON with sorted keys, two blanks of indent, LF at the end."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
