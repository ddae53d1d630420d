"""Sizes and counts, as people read them."""

import pytest

from airlock_core.sizes import counted, human, out_of, typed


def test_sizes_have_binary_units() -> None:
    assert [human(size) for size in (0, 1023, 1536, 3 << 30)] == ["0 B", "1023 B", "1.5 KiB", "3.0 GiB"]


def test_a_part_is_told_in_the_unit_of_the_whole() -> None:
    assert out_of(512 << 10, 3 << 19) == "0.5 of 1.5 MiB"
    assert [out_of(7, 9), out_of(0, 1 << 30)] == ["7 of 9 B", "0.0 of 1.0 GiB"]


def test_counts_leave_out_what_there_is_none_of() -> None:
    assert counted({"rpms": 4, "wheels": 1, "charts": 0}) == "4 rpms, 1 wheel"
    assert counted({"rpms": 0}) == "nothing"


@pytest.mark.parametrize(
    ("text", "size"),
    [("4096", 4096), ("500K", 512000), ("1.5M", 1572864), ("1 MiB", 1 << 20), ("2g", 2 << 30), ("10kB", 10240)],
)
def test_sizes_are_read_as_people_type_them(text: str, size: int) -> None:
    assert typed(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1e6", "10 apples", "1,5M", "0x10"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        typed(text)
