"""Directory records of ISO 9660 with their Rock Ridge fields, as bytes in and values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core.errors import VerificationError

BLOCK = 2048
"""Bytes of a logical block, the only size that airlock writes and reads."""

_FOLDER, _ASSOCIATED, _CONTINUES = 0x02, 0x04, 0x80
_MAX_AREAS = 32

ReadContinuation = Callable[[int, int, int], bytes]
"""Block, offset and length of a continuation area to its bytes."""


@dataclass(frozen=True)
class Record:
    """One directory record (ECMA-119, 9.1).

    Args:
        identifier: the ISO 9660 name as it stands.
        name: the Rock Ridge name, else the ISO 9660 one without its version.
        block, size: where its bytes begin, and how many they are.
        folder: a folder.
        continues: more extents of the same file follow.
        other: a symbolic link, device or the like.
    """

    identifier: bytes
    name: str
    block: int
    size: int
    folder: bool
    continues: bool
    other: bool

    @property
    def special(self) -> bool:
        """The folder itself or its parent."""
        return self.identifier in (b"\x00", b"\x01")


def damaged(path: Path, what: str, folder: PurePosixPath | None = None) -> VerificationError:
    """The error for a folder structure that cannot be."""
    where = str(path) if folder is None else f"{path}: folder /{folder if folder.parts else ''}"
    return VerificationError("the image's folders are damaged", where=where, why=what, todo="copy the image again")


def parse_record(raw: bytes, where: str, more: ReadContinuation | None = None, *, joliet: bool = False) -> Record:
    """Read one record.

    Args:
        raw: the record, as long as its first byte says.
        where: the folder, for errors.
        more: reads continuation areas; without it the system use area ends with the record.
        joliet: its name is UCS-2 and has no other.

    Raises:
        VerificationError: it is no directory record.
    """
    if len(raw) < 34 or raw[0] != len(raw) or 33 + raw[32] > len(raw) or raw[26:28] != b"\0\0" or raw[32] == 0:
        raise VerificationError("the image's folders are damaged", where=where, why="a record that cannot be")
    identifier = raw[33 : 33 + raw[32]]
    start = 33 + raw[32] + (raw[32] + 1) % 2
    fields = _fields(raw[start:], more, where)
    flags = raw[25]
    return Record(
        identifier=identifier,
        name=_name([] if joliet else fields, identifier, where, "utf-16-be" if joliet else "utf-8"),
        block=int.from_bytes(raw[2:6], "little") + raw[1],
        size=int.from_bytes(raw[10:14], "little"),
        folder=bool(flags & _FOLDER),
        continues=bool(flags & _CONTINUES),
        other=bool(flags & _ASSOCIATED) or not _plain(fields, folder=bool(flags & _FOLDER)),
    )


def _fields(area: bytes, more: ReadContinuation | None, where: str) -> list[tuple[bytes, bytes]]:
    """System use fields (SUSP 1.12, 4 and 5.1): signature and data, continuation areas followed."""
    fields: list[tuple[bytes, bytes]] = []
    for _ in range(_MAX_AREAS):
        following: tuple[int, int, int] | None = None
        while len(area) >= 4 and 4 <= area[2] <= len(area):
            signature, data, area = area[:2], area[4 : area[2]], area[area[2] :]
            if signature == b"CE" and len(data) >= 24:
                following = _little(data, 0), _little(data, 8), _little(data, 16)
            elif signature == b"ST":
                break
            else:
                fields.append((signature, data))
        if following is None or more is None:
            return fields
        area = more(*following)
    raise VerificationError("the image's folders are damaged", where=where, why="continuation areas without end")


def _little(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _name(fields: list[tuple[bytes, bytes]], identifier: bytes, where: str, encoding: str) -> str:
    if identifier in (b"\x00", b"\x01"):
        return identifier.decode()
    parts = [data[1:] for signature, data in fields if signature == b"NM" and data and not data[0] & 0x06]
    raw = b"".join(parts) or identifier
    try:
        name = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise VerificationError(f"a name that is not {encoding.upper()}", where=where, why=repr(raw)) from error
    name = name if parts else name.split(";")[0].rstrip(".")
    if not name.isprintable():
        raise VerificationError("a name with control characters", where=where, why=repr(name))
    return name


def _plain(fields: list[tuple[bytes, bytes]], *, folder: bool) -> bool:
    """Whether the POSIX type is a regular file or folder (RRIP 1.12, 4.1.1) and neither linked nor moved."""
    if any(signature in (b"SL", b"CL", b"ZF") for signature, _ in fields):
        return False
    modes = [_little(data, 0) & 0o170000 for signature, data in fields if signature == b"PX" and len(data) >= 4]
    return not modes or modes[0] == (0o040000 if folder else 0o100000)
