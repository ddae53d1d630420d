"""Which tests of nodes one process runs."""

from pathlib import Path

import pytest

from tests.site import shared

SITE = Path(__file__).parents[2] / "site"


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/site/test_single.py::test_a", "alone"),
        ("tests/site/test_faults.py::test_a[1]", "faults"),
        ("tests/site/test_cuts.py::test_whenever_landing_is_cut_b[0]", "faults"),
        ("tests/site/test_cuts.py::test_whenever_preflight_or_ha_is_cut_b[0]", "guide"),
        ("tests/site/test_new.py::test_single", "guide"),
    ],
)
def test_tests_that_share_a_platform_are_together(nodeid: str, group: str) -> None:
    assert shared.group(nodeid) == group


def test_everything_that_is_named_is_there() -> None:
    named = [part.partition("::") for part in (*shared.ALONE, *shared.FAULTS)]
    assert [file for file, _, test in named if test not in (SITE / file).read_text()] == []
