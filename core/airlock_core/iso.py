"""Reading an ISO 9660 image without mounting it: its label, its files, and the bytes where each stands.

Source: ECMA-119 (4th edition) 6.8, 8.4, 8.5, 9.1; Rock Ridge by SUSP 1.12 (``CE``, ``SP``) and RRIP 1.12 (``NM``,
``SL``, ``CL``); where an image has none, Joliet (escape sequences in 8.5.6); El Torito 1.0. The image may be hostile:
every length is checked, folders are visited once, counts are bounded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core.errors import InputError, VerificationError
from airlock_core.iso_records import BLOCK, Record, damaged, parse_record

MAX_ENTRIES = 1_000_000
MAX_FOLDER = 64 << 20
MAX_DEPTH = 64
_DESCRIPTORS = 16
"""Block of the first volume descriptor."""
_MAX_DESCRIPTORS = 64
_SUPPLEMENTARY, _TERMINATOR = 2, 255
_UCS2 = (b"%/@", b"%/C", b"%/E")
"""Escape sequences of Joliet's three levels."""


@dataclass(frozen=True, order=True)
class Extent:
    """A run of bytes of the image: ``offset`` from its beginning, ``size`` in bytes."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        """The offset of the first byte after it."""
        return self.offset + self.size


@dataclass(frozen=True, order=True)
class IsoFile:
    """A regular file of the image; one of more than 4 GiB stands in several extents."""

    path: PurePosixPath
    extents: tuple[Extent, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return sum(extent.size for extent in self.extents)


def part_of(file: IsoFile, offset: int, length: int) -> tuple[Extent, ...]:
    """Where ``length`` bytes of a file from ``offset`` stand; fewer where it ends before."""
    found: list[Extent] = []
    for extent in file.extents:
        skipped = min(offset, extent.size)
        taken = min(length, extent.size - skipped)
        if taken:
            found.append(Extent(extent.offset + skipped, taken))
        offset, length = offset - skipped, length - taken
    return tuple(found)


@dataclass(frozen=True)
class IsoImage:
    """What an image holds.

    Args:
        label: the volume identifier.
        size: bytes of the volume as its descriptor says.
        length: bytes of the file or device that holds it.
        device: whether it stands on a device, which may be longer than the volume.
        files: regular files by path.
        others: paths that are neither files nor folders.
        boot_offsets: where the El Torito catalogue and the images that it names begin.
    """

    label: str
    size: int
    length: int
    device: bool
    files: tuple[IsoFile, ...]
    others: tuple[PurePosixPath, ...]
    boot_offsets: tuple[int, ...]

    def find(self, path: PurePosixPath) -> IsoFile | None:
        """The file at a path, if there is one."""
        return next((file for file in self.files if file.path == path), None)


class IsoReader:
    """An open image; use it as a context manager.

    Raises:
        InputError: on entering, where the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._joliet = False

    def __enter__(self) -> IsoReader:
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise InputError("cannot be read", where=str(self.path), why=error.strerror or "") from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def image(self) -> IsoImage:
        """Read volume descriptors and all folders.

        Raises:
            VerificationError: not an ISO 9660 image, cut short, or damaged in a way that keeps it from being read.
        """
        length, device = self._length()
        volume = self._descriptor_block(_DESCRIPTORS, b"\x01CD001\x01")
        size = int.from_bytes(volume[80:84], "little") * BLOCK
        if int.from_bytes(volume[128:130], "little") != BLOCK:
            raise damaged(self.path, "a block size other than 2048")
        if size > length:
            raise VerificationError(
                f"cut short: {length} bytes of {size}", where=str(self.path), todo="copy the image again, whole"
            )
        root = parse_record(volume[156:190], str(self.path))
        joliet = None if self._has_rock_ridge(root) else self._joliet_root()
        self._joliet = joliet is not None
        files, others = self._tree(joliet or root)
        label = volume[40:72].decode("ascii", errors="replace").rstrip()
        return IsoImage(label, size, length, device, files, others, self._boot_offsets())

    def image_length(self) -> int:
        """Bytes of the file or device that holds the image."""
        return self._length()[0]

    def read(self, file: IsoFile, limit: int) -> bytes:
        """A small file's bytes.

        Raises:
            VerificationError: it is longer than ``limit`` bytes, or cut short.
        """
        if file.size > limit:
            raise VerificationError(f"longer than {limit} bytes", where=f"{self.path}: {file.path}")
        return b"".join(bytes(piece) for piece in self.chunks(file.extents))

    def chunks(self, extents: tuple[Extent, ...], *, chunk: int = 1 << 20) -> Iterator[memoryview]:
        """The bytes of some extents, in pieces; each is valid until the next is asked for.

        Raises:
            VerificationError: the image ends before them.
        """
        buffer = memoryview(bytearray(min(chunk, max((extent.size for extent in extents), default=0))))
        for extent in extents:
            position = extent.offset
            while position < extent.end:
                count = self._read_into(buffer[: extent.end - position], position)
                yield buffer[:count]
                position += count

    def _read_into(self, buffer: memoryview, position: int) -> int:
        try:
            count = os.preadv(self._descriptor, [buffer], position)
        except OSError as error:
            raise VerificationError(
                f"cannot be read at byte {position}", where=str(self.path), why=error.strerror or ""
            ) from error
        if count == 0:
            raise VerificationError(f"ends before byte {position}, where a file should go on", where=str(self.path))
        return count

    def _length(self) -> tuple[int, bool]:
        status = os.fstat(self._descriptor)
        if stat.S_ISBLK(status.st_mode):
            return os.lseek(self._descriptor, 0, os.SEEK_END), True
        if not stat.S_ISREG(status.st_mode):
            raise InputError("neither a file nor a block device", where=str(self.path))
        return status.st_size, False

    def _descriptor_block(self, block: int, magic: bytes) -> bytes:
        raw = os.pread(self._descriptor, BLOCK, block * BLOCK)
        if len(raw) < BLOCK or not raw.startswith(magic):
            raise VerificationError("not an ISO 9660 image", where=str(self.path), why=f"no volume at block {block}")
        return raw

    def _has_rock_ridge(self, root: Record) -> bool:
        """Whether the first record of the root folder says that system use fields follow (SUSP 1.12, 5.3)."""
        raw = os.pread(self._descriptor, BLOCK, root.block * BLOCK)
        return len(raw) > 40 and raw[34 : raw[0]].startswith(b"SP\x07\x01\xbe\xef")

    def _joliet_root(self) -> Record | None:
        """The root folder of the same files under Joliet's longer names, if there is one."""
        for block in range(_DESCRIPTORS + 1, _DESCRIPTORS + _MAX_DESCRIPTORS):
            raw = os.pread(self._descriptor, BLOCK, block * BLOCK)
            if len(raw) < BLOCK or raw[1:6] != b"CD001" or raw[0] == _TERMINATOR:
                return None
            if raw[0] == _SUPPLEMENTARY and raw[88:91] in _UCS2:
                return parse_record(raw[156:190], str(self.path))
        return None

    def _boot_offsets(self) -> tuple[int, ...]:
        record = os.pread(self._descriptor, BLOCK, (_DESCRIPTORS + 1) * BLOCK)
        if not record.startswith(b"\x00CD001\x01EL TORITO SPECIFICATION"):
            return ()
        catalog = int.from_bytes(record[71:75], "little")
        raw = os.pread(self._descriptor, BLOCK, catalog * BLOCK)
        entries = (raw[at : at + 32] for at in range(32, len(raw) - 31, 32))
        blocks = [int.from_bytes(entry[8:12], "little") for entry in entries if entry[0] in (0x88, 0x00) and any(entry)]
        return tuple(block * BLOCK for block in (catalog, *blocks))

    def _tree(self, root: Record) -> tuple[tuple[IsoFile, ...], tuple[PurePosixPath, ...]]:
        files: dict[PurePosixPath, IsoFile] = {}
        others: list[PurePosixPath] = []
        for path, records in self._walk(root):
            if path in files:
                raise damaged(self.path, f"{path} stands twice")
            if records[0].other:
                others.append(path)
            else:
                extents = tuple(Extent(record.block * BLOCK, record.size) for record in records)
                files[path] = IsoFile(path, tuple(extent for extent in extents if extent.size))
        return tuple(files[path] for path in sorted(files)), tuple(sorted(others))

    def _walk(self, root: Record) -> Iterator[tuple[PurePosixPath, list[Record]]]:
        waiting = [(PurePosixPath(), root)]
        seen: set[int] = set()
        entries = 0
        while waiting:
            folder, record = waiting.pop()
            if record.block in seen or len(folder.parts) > MAX_DEPTH:
                raise damaged(self.path, "folders in a circle, or too deep", folder)
            seen.add(record.block)
            for name, records in self._folder(folder, record):
                entries += 1
                if entries > MAX_ENTRIES:
                    raise damaged(self.path, f"more than {MAX_ENTRIES} entries")
                if records[0].folder:
                    waiting.append((folder / name, records[0]))
                else:
                    yield folder / name, records

    def _folder(self, folder: PurePosixPath, record: Record) -> Iterator[tuple[str, list[Record]]]:
        if not 0 < record.size <= MAX_FOLDER:
            raise damaged(self.path, f"a folder of {record.size} bytes", folder)
        raw = b"".join(bytes(piece) for piece in self.chunks((Extent(record.block * BLOCK, record.size),)))
        pending: list[Record] = []
        for at, found in self._records(raw, folder):
            if found.special:
                continue
            pending.append(found)
            if found.continues:
                continue
            name = found.name
            if any(part.identifier != found.identifier for part in pending) or name in ("", ".", "..") or "/" in name:
                raise damaged(self.path, f"a name that cannot be, at byte {record.block * BLOCK + at}", folder)
            yield name, pending
            pending = []
        if pending:
            raise damaged(self.path, "a file whose last part is missing", folder)

    def _records(self, raw: bytes, folder: PurePosixPath) -> Iterator[tuple[int, Record]]:
        at = 0
        where = f"{self.path}: folder /{folder if folder.parts else ''}"
        while at < len(raw):
            length = raw[at]
            if length == 0:  # records do not cross blocks
                at = (at // BLOCK + 1) * BLOCK
                continue
            yield at, parse_record(raw[at : at + length], where, self._continuation, joliet=self._joliet)
            at += length

    def _continuation(self, block: int, offset: int, length: int) -> bytes:
        return os.pread(self._descriptor, min(length, BLOCK), block * BLOCK + min(offset, BLOCK))
