"""YAML as charts and Kubernetes have it, read for what it names and where: every scalar with its line.

Unlike :mod:`airlock_core.strict_yaml` it takes anchors and several documents, which values of charts have; an alias is
followed but once, so that no document grows beyond its own text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from airlock_core.errors import InputError

MAX_BYTES = 16 << 20
MAX_DEPTH = 100
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Text:
    """A scalar as it is written, and where."""

    text: str
    file: str
    line: int


Node = dict[str, "Node"] | list["Node"] | Text
"""A mapping, a list, or a scalar."""


def documents(content: str, file: str) -> list[Node]:
    """The documents of a YAML file.

    Args:
        file: how its places are named.

    Raises:
        InputError: it is no YAML, or too long or deep.
    """
    if len(content) > MAX_BYTES:
        raise InputError(f"longer than {MAX_BYTES} bytes", where=file)
    try:
        seen: set[int] = set()
        return [_node(node, file, seen, 0) for node in yaml.compose_all(content, Loader=_Loader) if node is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}" if mark else file
        raise InputError("not YAML", where=where, why=str(error.problem or error.context)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError("not YAML", where=file, why=str(error)) from error


def _node(node: yaml.Node, file: str, seen: set[int], depth: int) -> Node:
    if isinstance(node, yaml.ScalarNode):
        return Text(node.value, file, node.start_mark.line + 1)
    if depth >= MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH}", where=file)
    if id(node) in seen:
        return {}
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_node(one, file, seen, depth + 1) for one in node.value]
    pairs = [(key.value, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
    return {key: _node(value, file, seen, depth + 1) for key, value in pairs}


def merged(under: Node, over: Node) -> Node:
    """Two trees of values as Helm merges them: mappings key by key, else the second wins; null takes a key away."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    both = {key: merged(node, over[key]) if key in over else node for key, node in under.items()}
    whole = {**both, **{key: node for key, node in over.items() if key not in both}}
    return {key: node for key, node in whole.items() if not (isinstance(node, Text) and node.text in ("null", "~"))}


def mappings(node: Node) -> Iterator[Mapping[str, Node]]:
    """All mappings in a tree, outer ones first."""
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from mappings(below)


def texts(node: Node) -> Iterator[Text]:
    """All scalars in a tree."""
    if isinstance(node, Text):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts(below)
