"""Which version is newer: rpm's own vectors, and libsolv as the judge of what chance makes up."""

import random
from typing import Any

import pytest
import solv

from airlock_core.rpmver import compare_evrs, compare_versions, evr_key, split_evr

VECTORS = [
    # as in rpm's tests/rpmvercmp.at
    ("1.0", "1.0", 0), ("1.0", "2.0", -1), ("2.0.1", "2.0", 1), ("2.0.1a", "2.0.1", 1), ("5.5p1", "5.5p2", -1),
    ("5.5p10", "5.5p1", 1), ("10xyz", "10.1xyz", -1), ("xyz10", "xyz10.1", -1), ("xyz.4", "8", -1),
    ("5.5p2", "5.6p1", -1), ("6.0.rc1", "6.0", 1), ("10b2", "10a1", 1), ("7.4.052", "7.4.52", 0), ("1.0aa", "1.0a", 1),
    ("10.0001", "10.0039", -1), ("4.999.9", "5.0", -1), ("20101121", "20101122", -1), ("2_0", "2.0", 0),
    ("2.0", "2_0", 0), ("a", "a", 0), ("a+", "a_", 0), ("+", "_", 0), ("_+", "+_", 0),
    ("1.0~rc1", "1.0", -1), ("1.0", "1.0~rc1", 1), ("1.0~rc1", "1.0~rc2", -1), ("1.0~rc1~git123", "1.0~rc1", -1),
    ("1.0^", "1.0", 1), ("1.0^", "1.0^", 0), ("1.0^git1", "1.0", 1), ("1.0^git1", "1.0^git2", -1),
    ("1.0^git1", "1.01", -1), ("1.0^20160101", "1.0.1", -1), ("1.0^20160101^git1", "1.0^20160101", 1),
    ("1.0~rc1^git1", "1.0~rc1", 1), ("1.0^git1~pre", "1.0^git1", -1), ("1.0^git1", "1.0^git1~pre", 1),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two", "order"), VECTORS)
def test_versions_compare_as_in_rpm_and_the_other_way_round(one: str, two: str, order: int) -> None:
    assert (compare_versions(one, two), compare_versions(two, one)) == (order, -order)


@pytest.mark.parametrize(
    ("one", "two", "order"),
    [
        ("1:1.0-1", "2.0-1", 1),
        ("0:1.0-1", "1.0-1", 0),
        ("1.0-9.el8", "1.0-10.el8", -1),
        ("1.0-1.module+el8.9.0+1", "1.0-1.module+el8.10.0+1", -1),
        ("1.0", "1.0-5", 0),
        ("1.1", "1.0-5", 1),
        ("9" * 5000 + "-1", "9" * 4999 + "-1", 1),
    ],
)
def test_the_epoch_goes_first_and_the_release_last(one: str, two: str, order: int) -> None:
    assert (compare_evrs(one, two), compare_evrs(two, one)) == (order, -order)


def test_an_evr_comes_apart() -> None:
    assert split_evr("3:1.2~rc1-4.el8") == (3, "1.2~rc1", "4.el8")
    assert split_evr("1.2") == (0, "1.2", "")


def test_builds_sort_by_age() -> None:
    builds = ["1:0.1-1", "2.0-1", "2.0~rc1-1", "2.0^git-1", "10.0-1"]
    assert sorted(builds, key=evr_key) == ["2.0~rc1-1", "2.0-1", "2.0^git-1", "10.0-1", "1:0.1-1"]


def test_libsolv_finds_the_same_of_ten_thousand_pairs() -> None:
    pool: Any = solv.Pool()
    pool.setdisttype(solv.Pool.DISTTYPE_RPM)
    repo = pool.add_repo("made up")
    pair = [repo.add_solvable(), repo.add_solvable()]
    rng = random.Random(8)
    for _ in range(10_000):
        one, two = (_version(rng) for _ in pair)
        two = one[: rng.randint(1, len(one))] + two if rng.random() < 0.5 else two
        pair[0].evr, pair[1].evr = f"{one}-1", f"{two}-1"
        found = pair[0].evrcmp(pair[1])
        assert compare_evrs(f"{one}-1", f"{two}-1") == (found > 0) - (found < 0), (one, two)


def _version(rng: random.Random) -> str:
    return "".join(rng.choice("00123abzAZ.~^+_") for _ in range(rng.randint(1, 7)))
