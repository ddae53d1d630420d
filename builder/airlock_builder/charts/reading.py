"""The images of a chart by its files alone: its values, and the lines of its templates that name one.

What a template computes is not followed: a chart that is rendered (:mod:`airlock_builder.charts.rendering`) hides less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from airlock_builder.charts import images, nodes
from airlock_builder.charts.archive import Chart
from airlock_builder.charts.images import Use
from airlock_builder.charts.nodes import Node, Text
from airlock_core.errors import InputError

_TESTS = "templates/tests/"
"""Where charts have the pods of `helm test`, which nobody installs."""
_LINE = re.compile(r"^\s*(?:-\s+)?image:\s*(?P<value>\S.*?)\s*$")
_EXPRESSION = re.compile(r"\{\{-?\s*(?P<path>\.(?:Values|Chart)(?:\.\w+)+)\s*(?P<pipe>(?:\|[^{}]*)?)-?\}\}")
_DEFAULT = re.compile(r'\|\s*default\s+(?:"(?P<text>[^"]*)"|(?P<path>\.(?:Values|Chart)(?:\.\w+)+))')
_QUOTE = re.compile(r"\|\s*(?:quote|squote|toString|trim)\s*")


def used(chart: Chart, overrides: Sequence[Node] = ()) -> Iterator[Use]:
    """The images of a chart and of those that it brings along.

    Args:
        overrides: the values that it is installed with, later ones win.

    Raises:
        InputError: its values are no YAML.
    """
    values: Node = {}
    text = chart.files.get("values.yaml", b"").decode("utf-8", errors="replace")
    for layer in (*nodes.documents(text, "values.yaml")[:1], *overrides):
        values = nodes.merged(values, layer)
    version = str(chart.metadata.get("appVersion") or "")
    found = {*images.of_values(values, version), *_of_templates(chart, values)}
    yield from sorted(found)
    for inner in chart.charts:
        below = values.get(inner.name) if isinstance(values, dict) else None
        shared = values.get("global") if isinstance(values, dict) else None
        layers: list[Node] = [{"global": shared}] if shared is not None else []
        layers += [below] if isinstance(below, dict) else []
        for use in used(inner, layers):
            yield Use(use.file if use.file.startswith("/") else f"charts/{inner.name}/{use.file}", use.line, use.image)


def _of_templates(chart: Chart, values: Node) -> Iterator[Use]:
    for path, content in chart.files.items():
        if not path.startswith("templates/") or path.startswith(_TESTS):
            continue
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), start=1):
            match = _LINE.match(line)
            image = _resolved(match["value"], chart, values) if match else ""
            if image:
                yield Use(path, number, image)


def _resolved(written: str, chart: Chart, values: Node) -> str:
    """A line's image with its values put in; nothing where it computes more than that."""

    def replaced(match: re.Match[str]) -> str:
        found = _value(match["path"], chart, values)
        pipe = _QUOTE.sub("", match["pipe"]).strip()
        default = _DEFAULT.fullmatch(pipe)
        if default is None:
            return "{{" if pipe else found
        return found or (_value(default["path"], chart, values) if default["path"] else default["text"])

    text = _EXPRESSION.sub(replaced, written).strip("\"'")
    return "" if "{{" in text or "#" in text or text.startswith((":", "/")) or text.endswith(":") else text


def _value(path: str, chart: Chart, values: Node) -> str:
    _, root, *keys = path.split(".")
    if root == "Chart":
        name = f"{keys[0][:1].lower()}{keys[0][1:]}"
        return str(chart.metadata.get(name) or "")
    node: Node | None = values
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node.text if isinstance(node, Text) else ""


def overrides(files: Sequence[tuple[str, str]]) -> list[Node]:
    """The trees of files of values, given by name and text.

    Raises:
        InputError: one is no YAML mapping.
    """
    found: list[Node] = []
    for name, text in files:
        trees = nodes.documents(text, name)
        if len(trees) > 1 or not all(isinstance(tree, dict) for tree in trees):
            raise InputError("is no file of values: expected one mapping", where=name)
        found += trees
    return found
