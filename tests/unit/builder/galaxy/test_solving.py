"""Which collections go together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from airlock_builder.galaxy.ranges import Range
from airlock_builder.galaxy.solving import Demand, reached, solve
from airlock_core.errors import InputError


class Shelf:
    """A catalog of a mapping: requirements by version, the newest first, by name."""

    def __init__(self, content: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        self._content = content

    def versions(self, name: str) -> Iterable[str]:
        return self._content[name]

    def requires(self, name: str, version: str) -> Mapping[str, str]:
        return self._content[name][version]


def wanted(**ranges: str) -> dict[str, tuple[Demand, ...]]:
    return {name: (_demand(text),) for name, text in ranges.items()}


def _demand(text: str) -> Demand:
    parsed = Range.parse(text)
    assert parsed
    return Demand(parsed, "the manifest asks for", "collections[0]")


def test_the_newest_is_taken_as_far_as_all_agree() -> None:
    shelf = Shelf({"a": {"2.0.0": {"b": ">=2"}, "1.0.0": {"b": "<2"}}, "b": {"2.0.0": {}, "1.0.0": {}}})
    assert solve(wanted(a="*"), shelf) == {"a": "2.0.0", "b": "2.0.0"}
    assert solve(wanted(a="*", b="<2"), shelf) == {"a": "1.0.0", "b": "1.0.0"}


def test_those_that_require_one_another_are_no_endless_way() -> None:
    shelf = Shelf({"a": {"1.0.0": {"b": "*"}}, "b": {"1.0.0": {"a": "*", "b": ">=1"}}})
    assert solve(wanted(a="*"), shelf) == {"a": "1.0.0", "b": "1.0.0"}


def test_a_dead_end_is_told_with_all_who_ask() -> None:
    shelf = Shelf({"a": {"2.0.0": {"b": ">=2"}}, "b": {"2.0.0": {}, "1.0.0": {}}})
    with pytest.raises(InputError, match="no version of b fits all that ask for it") as caught:
        solve(wanted(b="<2", a="*"), shelf)
    assert caught.value.why == "the manifest asks for <2; a 2.0.0 requires >=2; looked at: 1.0.0"


def test_a_search_without_end_is_given_up() -> None:
    many = {f"{number}.0.0": {"z": f"=={number}"} for number in range(60, 0, -1)}
    content = dict.fromkeys("abcdef", many) | {"z": {"999.0.0": {}}}
    with pytest.raises(InputError, match="no versions that agree were found in 2000 tries"):
        solve(wanted(**dict.fromkeys("abcdef", "*")), Shelf(content))


def test_all_that_some_lead_to_is_found_once() -> None:
    assert sorted(reached(["a"], {"a": ["b", "c"], "b": ["c", "a"], "c": []})) == ["a", "b", "c"]
