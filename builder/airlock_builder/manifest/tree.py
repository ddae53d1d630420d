"""What was read from YAML, as a tree whose every value knows where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Step = str | int
Scalar = str | int | float | bool | None


def spelled(path: Sequence[Step]) -> str:
    """A path as the contract spells it: ``rpms.repos[1].gpgkey``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@dataclass(frozen=True)
class Place:
    """Where a value was written: a path in a YAML file, or a line of a list file."""

    file: Path
    path: tuple[Step, ...] = ()
    line: int | None = None

    def at(self, *steps: Step) -> Place:
        """The place of a value below this one."""
        return self if self.line is not None else Place(self.file, (*self.path, *steps))

    def __str__(self) -> str:
        if self.line is not None:
            return f"{shown(self.file)}:{self.line}"
        return f"{shown(self.file)}: {spelled(self.path)}" if self.path else shown(self.file)


def shown(file: Path) -> str:
    """A file's name as people type it: below the current folder without that folder."""
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)


@dataclass
class Node:
    """One value, with its place; mappings and lists hold nodes."""

    value: dict[str, Node] | list[Node] | Scalar
    place: Place

    @classmethod
    def of(cls, data: Any, place: Place) -> Node:
        """Plain data as a tree; what is null was not said, and is left out."""
        if isinstance(data, dict):
            items = {str(key): item for key, item in data.items() if item is not None}
            return cls({key: cls.of(item, place.at(key)) for key, item in items.items()}, place)
        if isinstance(data, list):
            return cls([cls.of(item, place.at(index)) for index, item in enumerate(data)], place)
        return cls(data if isinstance(data, str | int | float | bool) else None, place)

    def plain(self) -> Any:
        """The tree as plain data again."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    @property
    def mapping(self) -> dict[str, Node]:
        """The nodes of a mapping by key; nothing where it is none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The nodes of a list; nothing where it is none."""
        return self.value if isinstance(self.value, list) else []

    def child(self, step: Step) -> Node | None:
        """The node one step down, if there is one."""
        if isinstance(step, int):
            return self.items[step] if 0 <= step < len(self.items) else None
        return self.mapping.get(step)

    def place_of(self, path: Sequence[Step]) -> Place:
        """Where the value at a path was written; for one that is missing, where it would stand."""
        node = self
        for index, step in enumerate(path):
            below = node.child(step)
            if below is None:
                return node.place.at(*path[index:])
            node = below
        return node.place

    def select(self, pattern: str) -> Iterator[Node]:
        """All nodes at a pattern such as ``rpms.repos.*.gpgkey.*``; ``*`` stands for every item of a list."""
        yield from _select(self, pattern.split("."))


def _select(node: Node, steps: list[str]) -> Iterator[Node]:
    if not steps:
        yield node
        return
    below = node.items if steps[0] == "*" else [node.mapping[steps[0]]] if steps[0] in node.mapping else []
    for item in below:
        yield from _select(item, steps[1:])


def merge(under: Node, over: Node) -> Node:
    """Two trees as one: mappings merge key by key, lists add up, of all else the second wins."""
    if isinstance(under.value, dict) and isinstance(over.value, dict):
        both = {key: merge(node, over.value[key]) if key in over.value else node for key, node in under.value.items()}
        return Node({**both, **{key: node for key, node in over.value.items() if key not in both}}, over.place)
    if isinstance(under.value, list) and isinstance(over.value, list):
        return Node([*under.value, *over.value], over.place)
    return over
