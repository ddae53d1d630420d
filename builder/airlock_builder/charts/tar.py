"""Tar archives of strangers: regular files and folders below the root, each once; all else is refused.

Source: POSIX.1-2024, pax (ustar and extended headers), and GNU tar's long names. Archives are read as they are
unpacked, and nothing of them is kept but what is asked for.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from airlock_core.archives import ustar
from airlock_core.archives.ustar import BLOCK
from airlock_core.errors import VerificationError

_KEPT = ("path", "size")
_EXTENDED = (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE)
_KINDS = {
    b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a named pipe",
    b"S": "a sparse file", b"K": "a link with a long name", b"M": "a part of a file on several volumes",
}  # fmt: skip


@dataclass
class Allowance:
    """What archives may still come to; it shrinks as they are read.

    Args:
        entries: of all of them.
        file: bytes of one file.
    """

    entries: int
    file: int


@dataclass(frozen=True)
class _Header:
    name: str
    size: int
    kind: bytes


def files(archive: BinaryIO, allowed: Allowance, *, where: str) -> Iterator[tuple[str, bytes]]:
    """The regular files of an unpacked tar archive, by their paths.

    Args:
        archive: open where the archive begins.

    Raises:
        VerificationError: it is damaged, has other things than files and folders, places outside the root, one path
            twice, or more than is allowed.
    """
    seen: set[str] = set()
    for header in _headers(archive, where):
        allowed.entries -= 1
        if allowed.entries < 0:
            raise VerificationError("has more entries than any chart", where=where)
        is_folder = header.kind == tarfile.DIRTYPE
        path = _checked(header.name.removesuffix("/") if is_folder else header.name, where)
        if not is_folder and header.kind != tarfile.REGTYPE:
            what = _KINDS.get(header.kind, f"an entry of type {header.kind!r}")
            why = "regular files and folders alone are taken"
            raise VerificationError(f"holds {what}: {path}", where=where, why=why)
        if header.size > (0 if is_folder else allowed.file):
            why = f"at most {allowed.file} are taken"
            raise VerificationError(f"holds {header.size} bytes in {path}", where=where, why=why)
        if not is_folder:
            if path in seen:
                raise VerificationError(f"holds one path twice: {path}", where=where)
            seen.add(path)
            yield path, _content(archive, header.size, where)


def _checked(name: str, where: str) -> str:
    """A path whose every part is a plain name."""
    parts = name.split("/")
    odd = any(ord(letter) < 32 or letter in "\\\x7f" for letter in name)
    if odd or any(part in ("", ".", "..") for part in parts) or parts[0].endswith(":"):
        raise VerificationError(f"holds a path that is not plainly below its root: {name!r}", where=where)
    return name


def _headers(archive: BinaryIO, where: str) -> Iterator[_Header]:
    """The entries' headers, with what extended headers before them say; the archive stands at the content."""
    told: dict[str, bytes] = {}
    while (block := archive.read(BLOCK)) and block.strip(b"\0"):
        header = _header(block, where)
        if header.kind in _EXTENDED:
            if header.size > ustar.MAX_EXTENDED:
                raise VerificationError(f"has a header of {header.size} bytes", where=where)
            told |= _told(header, _content(archive, header.size, where), where)
            continue
        name = _text(told["path"], where) if "path" in told else header.name
        try:
            yield _Header(name, ustar.size_of(told, header.size), header.kind)
        except ValueError as error:
            raise VerificationError("is no sound tar archive", where=where, why=str(error)) from error
        told = {}
    while block:
        if block.strip(b"\0"):
            raise VerificationError("goes on behind its end", where=where)
        block = archive.read(1 << 20)


def _header(block: bytes, where: str) -> _Header:
    try:
        found = ustar.entry(block)
    except ValueError as error:
        raise VerificationError("is no sound tar archive", where=where, why=str(error)) from error
    if found.size < 0:
        why = f"it says that {found.name!r} has {found.size} bytes"
        raise VerificationError("is no sound tar archive", where=where, why=why)
    return _Header(found.name, found.size, found.kind)


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError("holds a name that is no UTF-8", where=where, why=repr(raw[:80])) from error


def _told(header: _Header, content: bytes, where: str) -> dict[str, bytes]:
    """What an extended header says that matters here: path and size."""
    if header.kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": content.rstrip(b"\0")}
    try:
        found = ustar.records(content)
    except ValueError as error:
        raise VerificationError("is no sound tar archive", where=where, why=f"it has {error}") from error
    for key in found:
        if key.startswith("GNU.sparse") or (header.kind == tarfile.XGLTYPE and key in _KEPT):
            raise VerificationError(f"has an extended header that is not taken: {key[:40]!r}", where=where)
    return {key: found[key] for key in _KEPT if key in found}


def _content(archive: BinaryIO, size: int, where: str) -> bytes:
    """An entry's content; what pads it to whole blocks is read too."""
    padded = -(-size // BLOCK) * BLOCK
    content = archive.read(padded)
    if len(content) < size:
        raise VerificationError("is cut short", where=where)
    return content[:size]
