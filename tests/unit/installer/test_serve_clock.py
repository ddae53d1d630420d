"""The clock before the release was made: nothing can be judged by it."""

import pytest

from airlock_core.digest import Digest
from airlock_core.errors import GateError
from airlock_core.release import Release
from airlock_installer.serve.up import check_clock

MADE = 1700000000
RELEASE = Release("r", "1", 1, "rocky", "8.10", "x86_64", "R-1", MADE, Digest.sha256(b""), {}, (), {})


def test_clock_before_the_release_is_told_with_both_times_and_how_to_set_it() -> None:
    check_clock(RELEASE, MADE)
    with pytest.raises(GateError) as caught:
        check_clock(RELEASE, MADE - 86400)
    assert caught.value.what == (
        "the clock says 2023-11-13 22:13 UTC, which is before the release was made (2023-11-14 22:13)"
    )
    assert "date -u -s" in caught.value.todo
