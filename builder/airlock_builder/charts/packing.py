"""A folder with a chart as an archive, whose bytes follow from the files' names and content alone.

Nothing is compressed: deflate's output depends on the version of its library, and the lock holds the archive's digest.
"""

from __future__ import annotations

import io
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from airlock_builder.charts.archive import MAX_FILE, MAX_FILES, MAX_TOTAL, Chart, of_files
from airlock_builder.charts.ignoring import Ignored
from airlock_core.errors import InputError

MTIME = 315532800
"""1980-01-01, the first day that zip and FAT know."""
_STORED = 0xFFFF


def pack(folder: Path, *, where: str) -> tuple[Chart, bytes]:
    """Read a folder, but for what its ``.helmignore`` names, and archive it.

    Args:
        where: how errors name it.

    Returns:
        the chart, and the archive.

    Raises:
        InputError: the folder cannot be read, holds a link or device, or more than a chart may.
        VerificationError: what it holds is no chart.
    """
    files = _read(folder, where)
    chart = of_files(files, where=where)
    return chart, _gzip(_tar(chart.name, files))


def _read(folder: Path, where: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    try:
        for path, place in sorted(_walk(folder, Ignored.of(folder), where)):
            total += place.stat().st_size
            if len(found) == MAX_FILES or total > MAX_TOTAL or place.stat().st_size > MAX_FILE:
                why = f"at most {MAX_FILES} files of {MAX_FILE} bytes, {MAX_TOTAL} bytes in all"
                raise InputError("holds more than a chart may", where=f"{where}: {path}", why=why)
            found[path] = place.read_bytes()
    except OSError as error:
        raise InputError("cannot be read", where=where, why=str(error)) from error
    return found


def _walk(folder: Path, ignored: Ignored, where: str, above: str = "") -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = f"{above}{entry.name}"
            if ignored.matches(path, is_folder=entry.is_dir()):
                continue
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                todo = "put the file itself there, or name it in .helmignore"
                raise InputError("is neither a file nor a folder", where=f"{where}: {path}", todo=todo)
            if entry.is_dir():
                yield from _walk(Path(entry.path), ignored, where, f"{path}/")
            else:
                yield path, Path(entry.path)


def _tar(top: str, files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size, entry.mode, entry.mtime = len(content), 0o644, MTIME
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _gzip(data: bytes) -> bytes:
    """A gzip file of stored blocks (RFC 1952; RFC 1951, 3.2.4): no name, no time."""
    starts = range(0, len(data), _STORED)
    blocks = (_block(data[at : at + _STORED], is_last=at == starts[-1]) for at in starts)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return b"".join((head, *blocks, zlib.crc32(data).to_bytes(4, "little"), len(data).to_bytes(4, "little")))


def _block(content: bytes, *, is_last: bool) -> bytes:
    size = len(content)
    return bytes([is_last]) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + content
