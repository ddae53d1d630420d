"""The nearest names to one that is not there."""

from __future__ import annotations

import difflib
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from heapq import nsmallest
from itertools import accumulate

_FEW = 3
_SHORTLIST = 100


class Names:
    """Names to look among.

    Comparing with each of 20,000 names takes seconds; so only those with most letter triples in common are compared.
    Triples are looked for in one text of all names: a run asks for a few names, and an index of all would take longer.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(set(names))
        padded = [_padded(name) for name in self._names]
        self._text = "".join(padded)
        self._ends = list(accumulate(map(len, padded)))

    def nearest(self, name: str, *, cutoff: float = 0.6) -> list[str]:
        """Up to three names that look like ``name``, the nearest first.

        Args:
            cutoff: how alike they must be, 1 for the same (difflib's ratio).
        """
        padded = _padded(name)
        shared = Counter[int]()
        for triple in {padded[at : at + 3] for at in range(len(padded) - 2)}:
            shared.update({bisect(self._ends, match.start()) for match in re.finditer(re.escape(triple), self._text)})
        best = nsmallest(_SHORTLIST, shared, key=lambda number: (-shared[number], number))
        return difflib.get_close_matches(name, [self._names[number] for number in best], n=_FEW, cutoff=cutoff)


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Up to three of a few names that look like ``name``."""
    return Names(names).nearest(name)


def _padded(name: str) -> str:
    return f"^{name.lower()}$"
