"""Bounded decompression of what strangers wrote: gzip, bzip2, xz, zstd or none, told apart by their first bytes."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from airlock_core.errors import VerificationError

CHUNK = 1 << 20
_PACKED = 64 << 10
"""Bytes read at once of what is packed: what they unpack to is judged against all that was read so far."""
MAX_OPEN = 2 << 30
"""Bytes that no repository's metadata exceeds when unpacked."""
_FREE, _RATIO = 32 << 20, 100
"""What a file, and any part of it from its beginning, may unpack to, and how many times its own bytes on top of that.
Real metadata was seen to unpack to 27 times its bytes (EPEL 8's updateinfo in bzip2); lists of files of many kernels
may come to more; gzip can reach 1,032.
"""
_MAX_WINDOW = 128 << 20
"""Bytes of memory that a compressed stream may ask for; a few bytes of header can ask for gigabytes."""

_MAGICS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))
_ZCHUNK = b"\0ZCK1"


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def unpacked(raw: bytes, *, limit: int, where: str) -> bytes:
    """The unpacked content of bytes; see :func:`unpack`."""
    target = io.BytesIO()
    unpack(io.BytesIO(raw), target, limit=limit, where=where)
    return target.getvalue()


def unpack_file(source: Path, target: BinaryIO, *, limit: int = MAX_OPEN, where: str) -> int:
    """Write a file's unpacked content to ``target``; see :func:`unpack`."""
    with source.open("rb") as file:
        return unpack(file, target, limit=limit, where=where)


def unpack(source: BinaryIO, target: BinaryIO, *, limit: int = MAX_OPEN, where: str) -> int:
    """Write the unpacked content of ``source``, which can seek, to ``target``.

    Args:
        limit: bytes of content at which it stops.
        where: the file's URL, for errors.

    Returns:
        how many bytes the content has.

    Raises:
        VerificationError: cut short, damaged, longer than the limit, out of proportion to its packed size (a bomb), or
            of a kind that is not read.
    """
    source.seek(0)
    written = 0
    for chunk in _sound(source, where):
        written += len(chunk)
        packed = source.tell()
        bound = min(limit, _FREE + _RATIO * packed)
        if written > bound:
            why = "" if bound == limit else f"{packed} bytes are no honest packing of so many"
            raise VerificationError(f"unpacks to more than the {bound} bytes it may have", where=where, why=why)
        target.write(chunk)
    return written


def beginning(source: Path, *, where: str) -> bytes:
    """The first bytes of a file's unpacked content, :data:`CHUNK` at the most; errors as of :func:`unpack`."""
    with source.open("rb") as file:
        return next(_sound(file, where), b"")


def is_packed(source: BinaryIO) -> bool:
    """Whether a file, which can seek, begins as one that :func:`unpack` would unpack."""
    source.seek(0)
    head = source.read(8)
    return any(head.startswith(magic) for magic, _ in _MAGICS)


def _sound(source: BinaryIO, where: str) -> Iterator[bytes]:
    """The unpacked content; what is wrong with the source, and no failure of who takes it, is told as its damage."""
    try:
        yield from _chunks(source)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, MemoryError) as error:
        raise VerificationError("cannot be unpacked", where=where, why=str(error)) from error


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    head = file.read(8)
    file.seek(0)
    if head.startswith(_ZCHUNK):
        raise ValueError("zchunk; the repository must also offer it in gzip, xz or zstd")
    kind = next((name for magic, name in _MAGICS if head.startswith(magic)), "none")
    return _READERS[kind](file)


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    return _members(file, _Gzip)


def _bzip2(file: BinaryIO) -> Iterator[bytes]:
    return _members(file, bz2.BZ2Decompressor)


def _xz(file: BinaryIO) -> Iterator[bytes]:
    return _members(file, lambda: lzma.LZMADecompressor(memlimit=_MAX_WINDOW))


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    try:
        import zstandard  # loaded by those alone who meet it
    except ImportError:
        raise ValueError("packed by zstd, which this Python environment has no reader for") from None

    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    try:
        with decompressor.stream_reader(file, read_across_frames=True, closefd=False) as reader:
            while chunk := reader.read(CHUNK):
                yield chunk
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


_READERS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {
    "none": _plain,
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _xz,
    "zstd": _zstd,
}


class _Gzip:
    """zlib's decompressor for gzip, with the interface of those for bzip2 and xz."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _members(file: BinaryIO, fresh: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """The content of one stream or of several behind one another, at most :data:`CHUNK` bytes at once."""
    decompressor = fresh()
    data = file.read(_PACKED)
    while True:
        chunk = decompressor.decompress(data, CHUNK)
        data = b""
        if chunk:
            yield chunk
        if decompressor.eof:
            data = getattr(decompressor, "unused_data", b"") or file.read(_PACKED)
            if not data.strip(b"\0"):
                return
            decompressor = fresh()
        elif decompressor.needs_input:
            data = file.read(_PACKED)
            if not data and not chunk:
                raise EOFError("cut short")
