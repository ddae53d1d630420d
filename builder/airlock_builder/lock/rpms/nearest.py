"""The nearest names to one that is not there."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable

_FEW = 3
_SHORTLIST = 200


class Names:
    """Names to look among.

    Comparing with each of 20,000 names takes seconds; so only those with most letter triples in common are compared.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_triple: dict[str, list[str]] = {}
        for name in sorted(set(names)):
            for triple in _triples(name):
                self._by_triple.setdefault(triple, []).append(name)

    def nearest(self, name: str, *, cutoff: float = 0.6) -> list[str]:
        """Up to three names that look like ``name``, the nearest first.

        Args:
            cutoff: how alike they must be, 1 for the same (difflib's ratio).
        """
        shared = Counter(other for triple in sorted(_triples(name)) for other in self._by_triple.get(triple, ()))
        shortlist = [other for other, _ in shared.most_common(_SHORTLIST)]
        return difflib.get_close_matches(name, shortlist, n=_FEW, cutoff=cutoff)


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Up to three of a few names that look like ``name``."""
    return Names(names).nearest(name)


def _triples(text: str) -> set[str]:
    padded = f"^{text.lower()}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
