"""Wheels that stay: kept by constraints, but for those that the requirements, or what is to move, stand against."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from airlock_builder.lock.requirements import normal
from airlock_core.errors import InputError

T = TypeVar("T")
_BLAMED = re.compile(r"\(constraint\) ([A-Za-z0-9._-]+)==|no wheel for ([A-Za-z0-9._-]+)==")
"""How pip, and our own error of what has no wheel, name a constraint that cannot be kept."""


def resolved_around(
    stay: Mapping[str, Sequence[str]], moves: Mapping[str, str], resolve: Callable[[Sequence[str]], T]
) -> T:
    """What requirements come to while what was named moves, and as much as can of the rest stays.

    A constraint that is blamed for a conflict gives way to the next version that stands, of another environment, and at
    last to none; where none of those is blamed, all give way, and after them what was to move.

    Args:
        stay: versions that stand, by project, the one to try first in front.
        moves: versions that what was named is to come to, by project.
        resolve: resolves under constraints such as ``name==version``.

    Raises:
        InputError: the requirements cannot be met, whatever moves.
    """
    firm = dict(moves)
    left = {name: list(versions) for name, versions in stay.items() if name not in moves}
    while True:
        standing = {name: versions[0] for name, versions in left.items() if versions}
        try:
            return resolve([f"{name}=={version}" for name, version in sorted({**standing, **firm}.items())])
        except InputError as fault:
            if not (standing or firm):
                raise
            blamed = _blamed(f"{fault.what}\n{fault.why}") & standing.keys()
        if not standing:
            firm = {}
        for name in blamed or standing:
            left[name] = left[name][1:] if blamed else []


def _blamed(text: str) -> set[str]:
    return {normal(one or other) for one, other in _BLAMED.findall(text)}
