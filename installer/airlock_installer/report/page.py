"""A report as one HTML file that needs nothing else: to be read, sent and printed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any


def page(facts: Mapping[str, Any]) -> str:
    """The page of a report's facts."""
    import jinja2  # comes with Ansible, and takes its time

    template = resources.files("airlock_installer") / "report/page.html.j2"
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["told"] = told
    environment.filters["time"] = lambda at: at.replace("T", " ").replace("Z", " UTC")
    return environment.from_string(template.read_text("utf-8")).render(facts)


def told(value: Any) -> str:
    """What a gate found, in words: lists by lines, mappings by keys."""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {told(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "\n".join(told(each) for each in value) or "none"
    return "none" if value is None else str(value)
