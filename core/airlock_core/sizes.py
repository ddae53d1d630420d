"""Sizes in bytes and counts, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def human(size: int) -> str:
    """A size in bytes with a binary unit (IEC 80000-13): ``1536`` → ``1.5 KiB``."""
    value = float(size)
    for unit in _UNITS:
        if value < 1024 or unit == _UNITS[-1]:
            return f"{int(value)} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def counted(counts: Mapping[str, int]) -> str:
    """Counts by kind, without what there is none of: ``4 rpms, 1 wheel``."""
    parts = [f"{count} {kind.removesuffix('s') if count == 1 else kind}" for kind, count in counts.items() if count]
    return ", ".join(parts) or "nothing"
