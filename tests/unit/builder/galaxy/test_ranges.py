"""Ranges of collections' versions, held against ansible-core's own reading of them."""

from __future__ import annotations

import importlib
import random

import pytest

from airlock_builder.galaxy.ranges import Range, fits, newest_first

VERSIONS = ("0.9.0", "1.0.0", "1.2.0", "1.2.3", "1.10.0", "2.0.0", "2.0.1", "10.0.0")
RANGES = ("*", "1.2.3", "==1.2.3", "=1.2", ">=1.2", ">1.2.0,<2", "!=1.2.3", "<=1.10.0", ">=1.0.0,!=1.2.0,<10.0.0", "<1")


@pytest.mark.parametrize("text", RANGES)
def test_a_range_takes_what_ansible_galaxy_takes(text: str) -> None:
    theirs_of = importlib.import_module("ansible.galaxy.dependency_resolution.versioning").meets_requirements
    wanted = Range.parse(text)
    assert wanted
    theirs = [one for one in VERSIONS if theirs_of(one, text)]
    assert [one for one in VERSIONS if fits(one, [wanted])] == theirs


@pytest.mark.parametrize("text", ["", "latest", "1.x || 2", ">=", "^1.2", "~1", ">*", "1.2.3.4", "1,,2"])
def test_what_is_no_range_is_none(text: str) -> None:
    assert Range.parse(text) is None


def test_a_pre_release_fits_only_where_it_is_named() -> None:
    named, wide = Range.parse("2.0.0-beta.1"), Range.parse(">=1")
    assert named
    assert wide
    assert fits("2.0.0-beta.1", [named])
    assert fits("2.0.0-beta.1", [named, wide])
    assert not fits("2.0.0-beta.1", [wide])


def test_versions_are_ordered_by_their_numbers() -> None:
    mixed = random.Random(7).sample(VERSIONS, len(VERSIONS))
    assert newest_first([*mixed, "none"]) == list(VERSIONS[::-1])
