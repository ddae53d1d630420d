"""How long ago something was, as people say it."""

from __future__ import annotations

from collections.abc import Mapping

_FEW = 5
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def ago(seconds: float) -> str:
    """A time that has passed, in its largest unit: ``93600`` → ``1 day ago``; less than a minute is ``just now``."""
    for length, unit in _UNITS:
        count = int(seconds // length)
        if count > 0:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def oldest(moments: Mapping[str, float], now: float) -> str:
    """Some things with how long ago each was, the oldest first: ``a 12 days ago, b just now; 3 more later``.

    Args:
        moments: seconds since 1970, by name.
    """
    ordered = sorted((at, name) for name, at in moments.items())
    told = ", ".join(f"{name} {ago(now - at)}" for at, name in ordered[:_FEW])
    return told if len(ordered) <= _FEW else f"{told}; {len(ordered) - _FEW} more later"
