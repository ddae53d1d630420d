"""Byte ranges of HTTP requests (RFC 9110, section 14)."""

import re

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


class Unsatisfiable(Exception):
    """The range begins after the end of the file (status 416)."""


def span(header: str | None, size: int) -> range | None:
    """Return the offsets that a ``Range`` header asks of a file of ``size`` bytes; None means the whole file.

    A header of another unit, of several ranges or without sense is ignored, as the RFC allows.

    Raises Unsatisfiable when no byte of the range exists.
    """
    match = _ONE_RANGE.match((header or "").replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return range(int(first), min(int(last) + 1, size) if last else size)


def _suffix(length: int, size: int) -> range:
    if length == 0 or size == 0:
        raise Unsatisfiable
    return range(max(0, size - length), size)
