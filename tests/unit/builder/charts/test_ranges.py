"""Ranges of versions, as Helm has them; tests/integration/charts asks Helm itself the same."""

from __future__ import annotations

import pytest

from airlock_builder.charts.ranges import Range
from airlock_builder.charts.versions import Version
from tests.ranges import NEWEST, NO_RANGES, VERSIONS


@pytest.mark.parametrize(("text", "expected"), NEWEST.items())
def test_the_newest_that_fits_is_chosen(text: str, expected: str | None) -> None:
    found = Range.parse(text)
    assert found is not None
    assert found.newest(VERSIONS) == expected


@pytest.mark.parametrize("text", [*NO_RANGES, "", ">x", "^*", "!=x", "<=x", ">=*"])
def test_what_is_no_range_is_none(text: str) -> None:
    assert Range.parse(text) is None


def test_versions_come_in_the_order_of_semantic_versioning() -> None:
    # the example of Semantic Versioning 2.0.0, section 11
    texts = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 2 2.1 v2.1.1"
    )
    versions = [version for text in texts.split() if (version := Version.parse(text))]
    versions.reverse()
    assert [version.text for version in sorted(versions)] == texts.split()


@pytest.mark.parametrize("text", ["", "latest", "1.2.3.4", "1.2.3-", "1.2.3-01", "a1.2.3", "1..2", "1.2.3+", " 1.2.3"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert Version.parse(text) is None


def test_a_version_that_is_written_out_is_taken_before_its_equals() -> None:
    found = Range.parse("1.0.0+b")
    assert found
    assert found.newest(["1.0.0+a", "1.0.0+b", "1.0.0+c"]) == "1.0.0+b"


@pytest.mark.parametrize(("text", "exact"), [("1.2.3", True), ("v1.2.3-rc.1", True), ("1.2", False), ("=1.2.3", False)])
def test_only_a_whole_version_is_exact(text: str, exact: bool) -> None:
    found = Range.parse(text)
    assert found
    assert found.exact is exact
