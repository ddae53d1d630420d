"""Tar archives of strangers: regular files and folders below the root, each once; all else is refused.

Source: POSIX.1-2024, pax (ustar and extended headers), and GNU tar's long names. Python's tarfile reads far more
(links, devices, sparse files), and its readers of odd headers had loops without end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from airlock_core.errors import VerificationError

BLOCK = 512
MAX_HEADER = 64 << 10
"""Bytes of an extended header or long name: no path is that long."""
_FILES, _FOLDER, _LONG_NAME, _LOCAL, _GLOBAL = (b"0", b"\0", b"7"), b"5", b"L", b"x", b"g"
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
        is_folder = header.kind == _FOLDER
        path = _checked(header.name.removesuffix("/") if is_folder else header.name, where)
        if not is_folder and header.kind not in _FILES:
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
    told: dict[str, str] = {}
    while (block := archive.read(BLOCK)) and block.strip(b"\0"):
        header = _header(block, where)
        if header.kind in (_LONG_NAME, _LOCAL, _GLOBAL):
            if header.size > MAX_HEADER:
                raise VerificationError(f"has a header of {header.size} bytes", where=where)
            content = _content(archive, header.size, where)
            if header.kind == _LONG_NAME:
                told["path"] = _text(content.rstrip(b"\0"), where)
            else:
                told |= _records(content, where, is_global=header.kind == _GLOBAL)
            continue
        size = int(told["size"]) if told.get("size", "").isascii() and told.get("size", "").isdigit() else header.size
        yield _Header(told.get("path", header.name), size, header.kind)
        told = {}
    while block:
        if block.strip(b"\0"):
            raise VerificationError("goes on behind its end", where=where)
        block = archive.read(1 << 20)


def _header(block: bytes, where: str) -> _Header:
    if len(block) != BLOCK or _number(block[148:156], where) != sum(block[:148]) + 8 * 32 + sum(block[156:]):
        raise VerificationError("is no sound tar archive", where=where, why="a header's checksum does not fit")
    prefix = _text(block[345:500].split(b"\0")[0], where) if block[257:263] == b"ustar\0" else ""
    name = _text(block[:100].split(b"\0")[0], where)
    return _Header(f"{prefix}/{name}" if prefix else name, _number(block[124:136], where), block[156:157])


def _number(field: bytes, where: str) -> int:
    text = field.strip(b"\0 ")
    if not text.isdigit() or text.strip(b"01234567"):
        raise VerificationError("is no sound tar archive", where=where, why="a number that is none, or beyond 8 GiB")
    return int(text, 8)


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError("holds a name that is no UTF-8", where=where, why=repr(raw[:80])) from error


def _records(content: bytes, where: str, *, is_global: bool) -> dict[str, str]:
    """The records ``LENGTH KEY=VALUE`` of an extended header that matter here: path and size."""
    found: dict[str, str] = {}
    while content:
        length, _, _ = content[:20].partition(b" ")
        count = int(length) if length.isdigit() else 0
        key, equals, value = content[len(length) + 1 : count - 1].partition(b"=")
        if not equals or count > len(content) or content[count - 1 : count] != b"\n":
            raise VerificationError("is no sound tar archive", where=where, why="a damaged extended header")
        if key.startswith(b"GNU.sparse") or (is_global and key in (b"path", b"size")):
            raise VerificationError(f"has an extended header that is not taken: {key[:40]!r}", where=where)
        if key in (b"path", b"size"):
            found[key.decode()] = _text(value, where)
        content = content[count:]
    return found


def _content(archive: BinaryIO, size: int, where: str) -> bytes:
    """An entry's content; what pads it to whole blocks is read too."""
    padded = -(-size // BLOCK) * BLOCK
    content = archive.read(padded)
    if len(content) < size:
        raise VerificationError("is cut short", where=where)
    return content[:size]
