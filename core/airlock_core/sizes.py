"""Sizes in bytes and counts, as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_TYPED = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


def typed(text: str) -> int:
    """A size as people type it, in binary units as curl and wget take them: ``500K`` → 512000, ``1.5MiB``, ``4096``.

    Raises:
        ValueError: it is no size.
    """
    match = _TYPED.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a size: {text!r}")
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))


def human(size: int) -> str:
    """A size in bytes with a binary unit (IEC 80000-13): ``1536`` → ``1.5 KiB``."""
    unit = _unit(size)
    return f"{_in_unit(size, unit)} {_UNITS[unit]}"


def out_of(size: int, total: int) -> str:
    """A size and the whole that it belongs to, in the unit of the whole: ``0.5 of 1.5 MiB``."""
    unit = _unit(total)
    return f"{_in_unit(size, unit)} of {_in_unit(total, unit)} {_UNITS[unit]}"


def _unit(size: int) -> int:
    """Which unit a size is told in: the largest of which there is one at least."""
    return min((max(size, 1).bit_length() - 1) // 10, len(_UNITS) - 1)


def _in_unit(size: int, unit: int) -> str:
    return f"{size / 1024**unit:.1f}" if unit else str(size)


def counted(counts: Mapping[str, int]) -> str:
    """Counts by kind, without what there is none of: ``4 rpms, 1 wheel``."""
    parts = [f"{count} {kind.removesuffix('s') if count == 1 else kind}" for kind, count in counts.items() if count]
    return ", ".join(parts) or "nothing"
