"""YAML and JSON as airlock accepts them: bounded, no aliases, no duplicate keys, no tags.

PyYAML's own safe loader expands nested aliases without a limit and keeps the last of duplicate keys silently.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from airlock_core.errors import InputError

MAX_BYTES = 64 << 20
"""No file that people or airlock write is longer."""
MAX_DEPTH = 64


_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc,valid-type]
    """The safe loader without duplicate keys and implicit timestamps."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool) or key in seen:
                problem = f"the key {key!r} stands twice" if isinstance(key, str | int) else "a key must be a text"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def loads(text: str | bytes, *, where: str) -> Any:
    """Read one YAML (or JSON) document.

    Args:
        text: the document; bytes must be UTF-8.
        where: the file's name, for errors.

    Raises:
        InputError: no YAML, too long, or with aliases, duplicate keys, foreign tags or several documents.
    """
    if len(text) > MAX_BYTES:
        raise InputError(f"longer than {MAX_BYTES} bytes", where=where)
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        _check_events(decoded)
        return yaml.load(decoded, _Loader)  # noqa: S506 - a safe loader, made safer
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", where=where, why=str(error)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise InputError(str(error.problem or error.context), where=place, todo="correct this line") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("not YAML", where=where, why=str(error)) from error


def _check_events(text: str) -> None:
    """Refuse aliases and depth before anything is built: the fast loader composes where Python cannot look on."""
    depth = 0
    for event in yaml.parse(text, _Base):
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed", problem_mark=mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"nested deeper than {MAX_DEPTH}", problem_mark=mark)


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


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless)


def dumps(value: Any) -> str:
    """Write YAML in the order given, LF, no line folding, ending in a line feed."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20, default_flow_style=False)


def dump_json(value: Any) -> str:
    """Write JSON with sorted keys, two blanks of indent, LF at the end."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
