"""The nearest names."""

from __future__ import annotations

from airlock_builder.lock.rpms.nearest import Names

NAMES = Names(["nginx", "nginx-core", "bash", "chrony", *(f"package-{number}" for number in range(20_000))])


def test_a_slip_of_the_pen_finds_what_was_meant() -> None:
    assert NAMES.nearest("ngnix-core")[0] == "nginx-core"
    assert NAMES.nearest("chronyd") == ["chrony"]


def test_what_is_like_nothing_finds_nothing() -> None:
    assert NAMES.nearest("qqqqq") == []
    assert NAMES.nearest("") == []
