"""The nearest names to one that is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_FEW = 3
_SHORTLIST = 300


def nearest(name: str, names: Iterable[str], *, cutoff: float = 0.6) -> list[str]:
    """Up to three names that look like ``name``, the nearest first.

    Comparing with each of 20,000 names takes seconds; so only those with most letter triples in common are compared.
    """
    wanted = _triples(name)
    shared = sorted((-len(wanted & _triples(other)), other) for other in set(names))
    shortlist = [other for count, other in shared[:_SHORTLIST] if count]
    return difflib.get_close_matches(name, shortlist, n=_FEW, cutoff=cutoff)


def _triples(text: str) -> set[str]:
    padded = f"^{text.lower()}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
