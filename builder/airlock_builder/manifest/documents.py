"""A manifest's YAML files: the one that was named and all that it extends, merged."""

from __future__ import annotations

import functools
from pathlib import Path

from airlock_builder.manifest.inputs import list_sets
from airlock_builder.manifest.tree import Node, Place, merge, shown
from airlock_core import strict_yaml
from airlock_core.errors import AirlockError, InputError, raise_all


def read(path: Path) -> Node:
    """One tree of a manifest and what it extends: later wins, lists add up, each file once.

    Raises:
        InputError, Faults: a file is missing or no YAML mapping, or the files extend one another in a circle.
    """
    return functools.reduce(merge, _every(path).values())


def files(path: Path) -> tuple[Path, ...]:
    """The YAML files themselves: what is extended first, the one that was named last.

    Raises:
        InputError, Faults: as :func:`read`.
    """
    return tuple(_every(path))


def _every(path: Path) -> dict[Path, Node]:
    """Each file with its tree, what is extended before what extends it."""
    found: dict[Path, Node] = {}
    faults: list[AirlockError] = []
    _collect(path.resolve(), (), found, faults)
    raise_all(f"{shown(path.resolve())} has {len(faults)} faults", faults)
    return found


def _collect(path: Path, above: tuple[Path, ...], found: dict[Path, Node], faults: list[AirlockError]) -> None:
    tree = _document(path, faults)
    for node in tree.select("extends.*") if tree else ():
        base = (path.parent / str(node.value)).resolve()
        if base in (path, *above):
            chain = " → ".join(shown(file) for file in (*above, path, base))
            faults.append(InputError("extends itself", where=str(node.place), why=chain, todo="break the circle"))
        elif not base.is_file():
            faults.append(InputError(f"there is no such file: {node.value}", where=str(node.place)))
        elif base not in found:
            node.value = str(base)
            _collect(base, (*above, path), found, faults)
    if tree and isinstance(tree.value, dict):
        found[path] = tree
        if above:  # what a base extends is merged already; the manifest's own key names its own bases
            tree.value.pop("extends", None)


def _document(path: Path, faults: list[AirlockError]) -> Node | None:
    try:
        data = strict_yaml.load(path)
    except AirlockError as fault:
        fault.where = fault.where.replace(str(path), shown(path))
        faults.append(fault)
        return None
    if not isinstance(data, dict):
        faults.append(InputError("expected a mapping of keys", where=shown(path)))
        return None
    tree = Node.of(data, Place(path))
    list_sets(tree)
    return tree
