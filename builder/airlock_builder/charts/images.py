"""The images that Kubernetes objects and charts' values name, and where.

In an object an image stands under a key ``image`` or one that ends so, as a text or in the shape ``{registry,
repository, tag, digest}``, or, of operators, in an argument or a variable's value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airlock_builder.charts.nodes import Node, Text, mappings, texts

_FULL = re.compile(
    r"(?:--?[\w.-]+=)?(?P<image>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/[a-z0-9._/-]+(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})+)"
)
"""An image with its host, so that nothing else is taken for one: what an argument or variable may hold."""
_LOOSE = ("args", "command", "env")


@dataclass(frozen=True, order=True)
class Use:
    """An image that is named somewhere.

    Args:
        file: as it was given; empty where the text has none.
        line: of the file, from 1; 0 where it is not known.
        image: as it is written.
    """

    file: str
    line: int
    image: str


def of_objects(documents: Sequence[Node]) -> Iterator[Use]:
    """The images of Kubernetes objects; each once a place."""
    found = {use for document in documents for part in mappings(document) for use in _of_object(part)}
    yield from sorted(found)


def _of_object(part: Mapping[str, Node]) -> Iterator[Use]:
    for key, value in part.items():
        if _is_image_key(key):
            yield from _named(value, "")
        elif key in _LOOSE:
            for text in texts(value):
                match = _FULL.fullmatch(text.text)
                if match:
                    yield Use(text.file, text.line, match["image"])


def of_values(values: Node, app_version: str) -> Iterator[Use]:
    """The images of a chart's values; each once a place.

    Args:
        app_version: of its Chart.yaml: what a tag that is not given comes to.
    """
    registry = _text(values, "global", "imageRegistry")
    found: set[Use] = set()
    for part in mappings(values):
        shaped = _shaped(part, app_version, registry)
        if shaped:
            found.add(shaped)
        for key, value in part.items():
            if _is_image_key(key) and isinstance(value, Text):
                found |= set(_named(value, app_version))
    yield from sorted(found)


def _is_image_key(key: str) -> bool:
    return key == "image" or key.endswith("Image")


def _named(value: Node, app_version: str) -> Iterator[Use]:
    if isinstance(value, Text):
        if value.text and value.text not in ("true", "false", "null", "~"):
            yield Use(value.file, value.line, value.text)
    elif isinstance(value, dict):
        shaped = _shaped(value, app_version, "")
        if shaped:
            yield shaped


def _shaped(part: Mapping[str, Node], app_version: str, registry: str) -> Use | None:
    """``{registry, repository, tag, digest}``: a repository and at least a tag or digest, even if empty."""
    repository = part.get("repository")
    if not isinstance(repository, Text) or "://" in repository.text or not repository.text:
        return None
    if not any(key in part for key in ("tag", "digest", "registry", "pullPolicy")):
        return None
    host = _text(part, "registry") or registry
    tag, digest = _text(part, "tag") or app_version, _text(part, "digest")
    name = f"{host}/{repository.text}" if host else repository.text
    suffix = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return Use(repository.file, repository.line, f"{name}{suffix}")


def _text(node: Node | Mapping[str, Node], *path: str) -> str:
    for key in path:
        below = node.get(key) if isinstance(node, Mapping) else None
        if below is None:
            return ""
        node = below
    return node.text if isinstance(node, Text) else ""
