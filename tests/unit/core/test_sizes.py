"""Sizes and counts, as people read them."""

from airlock_core.sizes import counted, human


def test_sizes_have_binary_units() -> None:
    assert [human(size) for size in (0, 1023, 1536, 3 << 30)] == ["0 B", "1023 B", "1.5 KiB", "3.0 GiB"]


def test_counts_leave_out_what_there_is_none_of() -> None:
    assert counted({"rpms": 4, "wheels": 1, "charts": 0}) == "4 rpms, 1 wheel"
    assert counted({"rpms": 0}) == "nothing"
