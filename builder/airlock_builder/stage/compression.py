"""Decompression with a limit, by the magic number that the bytes begin with."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Protocol

import zstandard

from airlock_core.errors import VerificationError

_MEMORY = 128 << 20
"""Bytes that a decompressor may ask for; a few bytes of header can ask for gigabytes."""
_PIECE = 1 << 20


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def decompressed(raw: bytes, *, limit: int, where: str) -> bytes:
    """The content of gzip, bzip2, xz or zstd bytes; other bytes as they are.

    Args:
        raw: one compressed stream.
        limit: bytes that the content may have at the most.
        where: the document's name, for errors.

    Raises:
        VerificationError: damaged, cut short, or of more than ``limit`` bytes.
    """
    machine = _machine(raw)
    if machine is None:
        if len(raw) > limit:
            raise VerificationError(f"more than {limit} bytes", where=where)
        return raw
    try:
        return _run(machine, raw, limit, where)
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, MemoryError) as error:
        raise VerificationError("damaged compressed data", where=where, why=str(error)) from error


def _machine(raw: bytes) -> _Decompressor | None:
    if raw.startswith(b"\x1f\x8b"):
        return _Gzip()
    if raw.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor(memlimit=_MEMORY)
    if raw.startswith(b"BZh"):
        return bz2.BZ2Decompressor()
    if raw.startswith(b"\x28\xb5\x2f\xfd"):
        return _Zstd()
    return None


class _Gzip:
    """zlib's decompressor in the manner of those of lzma and bz2, which keep what they have not used."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Zstd:
    """zstd's reader in the same manner."""

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
        self._reader: zstandard.ZstdDecompressionReader | None = None
        self.eof = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._reader is None:
            self._reader = self._inner.stream_reader(data)
        piece = self._reader.read(max_length)
        self.eof = len(piece) == 0
        return piece


def _run(machine: _Decompressor, raw: bytes, limit: int, where: str) -> bytes:
    pieces: list[bytes] = []
    size = 0
    data = raw
    while not machine.eof:
        piece = machine.decompress(data, _PIECE)
        data = b""
        size += len(piece)
        if size > limit:
            raise VerificationError(f"unpacks to more than {limit} bytes", where=where)
        if not piece and not machine.eof:
            raise VerificationError("compressed data that is cut short", where=where)
        pieces.append(piece)
    return b"".join(pieces)
