"""Tar archives whose bytes follow from their content alone."""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping

from tests.standin.run import EPOCH

EXECUTABLE = ("bin/", "usr/bin/")


def tar(files: Mapping[str, bytes]) -> bytes:
    """Return an uncompressed ustar archive of ``files`` (path to content) and their folders, owned by root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in _folders(files):
            archive.addfile(_entry(folder, tarfile.DIRTYPE, 0o755))
        for path, data in sorted(files.items()):
            entry = _entry(path, tarfile.REGTYPE, 0o755 if path.startswith(EXECUTABLE) else 0o644)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def gz(data: bytes) -> bytes:
    """Return ``data`` as a gzip file of stored blocks: those, unlike deflate's output, depend on no library's version.

    Format: RFC 1952; the header has no name, time 0 and an unknown system; blocks by RFC 1951, section 3.2.4.
    """
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    blocks = [data[at : at + 0xFFFF] for at in range(0, len(data), 0xFFFF)] or [b""]
    body = b"".join(_stored(block, last=block is blocks[-1]) for block in blocks)
    whole = head + body + zlib.crc32(data).to_bytes(4, "little") + (len(data) % 2**32).to_bytes(4, "little")
    if gzip.decompress(whole) != data:
        raise AssertionError("a gzip file that does not give back its content")
    return whole


def noise(seed: str, size: int) -> bytes:
    """Return ``size`` bytes that follow from ``seed`` and do not compress."""
    return hashlib.shake_256(seed.encode()).digest(size)


def _stored(block: bytes, *, last: bool) -> bytes:
    size = len(block)
    return bytes([int(last)]) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + block


def _folders(files: Mapping[str, bytes]) -> list[str]:
    parents = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    return sorted(parents)


def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.mtime = kind, mode, EPOCH
    return entry
