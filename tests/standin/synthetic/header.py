"""RPM headers as bytes: an index of entries, a store of their values, all of it one immutable region.

Source: rpm.org, "V4 Package format", "RPM Header format" and "Immutable header regions".
"""

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum

Value = str | bytes | Sequence[int] | Sequence[str]

_MAGIC = b"\x8e\xad\xe8\x01\x00\x00\x00\x00"
_ENTRY = struct.Struct(">IIiI")
_REGION_SIZE = 16


class Kind(IntEnum):
    """Types of values."""

    INT16 = 3
    INT32 = 4
    STRING = 6
    BIN = 7
    STRING_ARRAY = 8
    I18NSTRING = 9


Entries = Mapping[int, tuple[Kind, Value]]

_NUMBERS = {Kind.INT16: "H", Kind.INT32: "I"}


def encode(entries: Entries, region: int) -> bytes:
    """Return a header.

    Args:
        entries: type and value by tag.
        region: the tag of the region that covers them: 62 for signatures, 63 for the main header.
    """
    index, store = [], bytearray()
    for tag in sorted(entries):
        kind, value = entries[tag]
        count, data = _value(kind, value)
        store += bytes(-len(store) % struct.calcsize(_NUMBERS.get(kind, "B")))
        index.append(_ENTRY.pack(tag, kind, len(store), count))
        store += data
    # the region's entry comes first and points at its trailer, which says how far back the index begins
    size = _ENTRY.size * (len(index) + 1)
    index.insert(0, _ENTRY.pack(region, Kind.BIN, len(store), _REGION_SIZE))
    store += _ENTRY.pack(region, Kind.BIN, -size, _REGION_SIZE)
    return _MAGIC + struct.pack(">II", len(index), len(store)) + b"".join(index) + bytes(store)


def _value(kind: Kind, value: Value) -> tuple[int, bytes]:
    """How many items a value has, and their bytes."""
    if isinstance(value, bytes):
        return len(value), value
    if isinstance(value, str):
        return 1, value.encode() + b"\0"
    if kind in _NUMBERS:
        return len(value), struct.pack(f">{len(value)}{_NUMBERS[kind]}", *value)
    return len(value), b"".join(str(text).encode() + b"\0" for text in value)
