"""The header of one entry of a tar archive, and the records of an extended header: where every reader here begins.

Which entries are taken, and how all else is refused, is each reader's own.

Source: POSIX.1-2017, pax ("ustar Interchange Format", "pax Extended Header").
"""

from __future__ import annotations

import re
import stat
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

BLOCK = tarfile.BLOCKSIZE
MAX_EXTENDED = 64 << 10
"""Bytes of an extended header or of a long name: no path is that long."""
_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ([^=]+)=")
_NUMBER = re.compile(rb"[0-9]{1,19}")
_FILES = (tarfile.AREGTYPE, tarfile.CONTTYPE)
_WITHOUT_CONTENT = (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE)


@dataclass(frozen=True)
class Entry:
    """What a header says.

    Args:
        target: what a link names.
        kind: as tarfile has it; that of a regular file for all that are read as one.
        size: bytes that follow it, as it says: some archives say that they are less than none.
        executable: whether its owner may run it.
    """

    name: str
    target: str
    kind: bytes
    size: int
    executable: bool


def entry(block: bytes) -> Entry:
    """Read a header.

    Raises:
        ValueError: it is none, its checksum does not fit, or it has a name that is no UTF-8.
    """
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except tarfile.TarError as error:
        raise ValueError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ValueError("a name that is no UTF-8") from error
    kind = tarfile.REGTYPE if info.type in _FILES else info.type
    size = 0 if kind in _WITHOUT_CONTENT else info.size
    return Entry(info.name, info.linkname, kind, size, bool(info.mode & stat.S_IXUSR))


def records(raw: bytes) -> dict[str, bytes]:
    """The records ``LENGTH KEY=VALUE`` of an extended header, by key.

    Raises:
        ValueError: they are none.
    """
    found: dict[str, bytes] = {}
    while raw:
        match = _RECORD.match(raw)
        length = int(match[1]) if match else 0
        if not match or not match.end() < length <= len(raw) or raw[length - 1 : length] != b"\n":
            raise ValueError("an extended header that no tar writes")
        found[match[2].decode("utf-8", "replace")] = raw[match.end() : length - 1]
        raw = raw[length:]
    return found


def size_of(told: Mapping[str, bytes], otherwise: int) -> int:
    """The size that records tell of the entry behind them, else another.

    Raises:
        ValueError: what they tell is no number.
    """
    if "size" not in told:
        return otherwise
    if not _NUMBER.fullmatch(told["size"]):
        raise ValueError(f"a size of {told['size'][:40]!r}")
    return int(told["size"])
