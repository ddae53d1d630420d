"""Requests that belong to an option, gathered there; requests that are made twice, made once."""

from __future__ import annotations

from airlock_builder.manifest.inputs import parts
from airlock_builder.manifest.tree import Node


def gather(tree: Node) -> None:
    """Move ``{name: …, option: …}`` of ``rpms.packages`` to the options, and drop requests made before; in place."""
    for packages in list(tree.select("rpms.packages")):
        if isinstance(packages.value, list):
            packages.value = [node for node in packages.value if not _moved(tree, node)]
    for content in parts(tree):
        for pattern in ("rpms.packages", "images.refs"):
            for requests in content.select(pattern):
                _once(requests)


def _moved(tree: Node, node: Node) -> bool:
    name, option = node.child("name"), node.child("option")
    if not (name and option and isinstance(option.value, str) and len(node.mapping) == 2):
        return False
    packages = _below(_below(_below(_below(tree, "options"), option.value), "rpms"), "packages", [])
    if not isinstance(packages.value, list):
        return False
    packages.value.append(name)
    return True


def _below(node: Node, key: str, empty: list[Node] | None = None) -> Node:
    if not isinstance(node.value, dict):
        return Node({}, node.place)
    return node.value.setdefault(key, Node({} if empty is None else empty, node.place.at(key)))


def _once(requests: Node) -> None:
    """The platform's own lists name some things twice; that says nothing new."""
    if isinstance(requests.value, list):
        seen: dict[object, Node] = {}
        for node in requests.value:
            seen.setdefault(node.value if isinstance(node.value, str) else id(node), node)
        requests.value = list(seen.values())
