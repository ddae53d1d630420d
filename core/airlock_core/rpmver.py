"""Which of two versions of a package is newer, by rpm's own rules.

Source: rpm's ``rpmvercmp`` (rpm-version(7)): segments of digits and of letters in turn; ``~`` sorts before the end of
the text, ``^`` behind it and before anything else; all other characters only separate.
"""

from __future__ import annotations

import functools
import re
from typing import Any

_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_EPOCH = re.compile(r"[0-9]{1,10}")
_END = ""


def compare_versions(one: str, two: str) -> int:
    """Compare two versions, or two releases: -1, 0 or 1 as the first is older, alike or newer."""
    if one == two:
        return 0
    ours, theirs = _SEGMENT.findall(one), _SEGMENT.findall(two)
    for index in range(max(len(ours), len(theirs))):
        order = _segments(_at(ours, index), _at(theirs, index))
        if order:
            return order
    return 0


def compare_evrs(one: str, two: str) -> int:
    """Compare two of ``[epoch:]version[-release]``, likewise; a release that only one has decides nothing."""
    epoch, version, release = split_evr(one)
    other_epoch, other_version, other_release = split_evr(two)
    if epoch != other_epoch:
        return 1 if epoch > other_epoch else -1
    order = compare_versions(version, other_version)
    return order if order or not (release and other_release) else compare_versions(release, other_release)


def split_evr(evr: str) -> tuple[int, str, str]:
    """Epoch, version and release of ``[epoch:]version[-release]``; what is missing is 0 or empty."""
    head, colon, rest = evr.partition(":")
    epoch = int(head) if colon and _EPOCH.fullmatch(head) else 0
    version, _, release = (rest if colon else evr).partition("-")
    return epoch, version, release


@functools.lru_cache(maxsize=1 << 16)
def evr_key(evr: str) -> Any:
    """A key to sort ``[epoch:]version-release`` by, oldest first."""
    return functools.cmp_to_key(compare_evrs)(evr)


def _at(segments: list[str], index: int) -> str:
    return segments[index] if index < len(segments) else _END


def _segments(one: str, two: str) -> int:
    if one == two:
        return 0
    for mark, wins in (("~", -1), ("^", 1)):
        if mark in (one, two):
            other = two if one == mark else one
            order = wins if other == _END else -1
            return order if one == mark else -order
    if _END in (one, two):
        return 1 if two == _END else -1
    if one.isdigit() != two.isdigit():
        return 1 if one.isdigit() else -1
    ours, theirs = _comparable(one), _comparable(two)
    return (ours > theirs) - (ours < theirs)


def _comparable(segment: str) -> tuple[int, str]:
    """Digits by their value, however many there are; letters as they sort in ASCII."""
    digits = segment.lstrip("0")
    return (len(digits), digits) if segment.isdigit() else (0, segment)
