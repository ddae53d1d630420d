"""Files that are put together: written straight from the store into the image, where a hole was left for them.

Each byte is read once. It is hashed for the blob that it belongs to by the thread that reads, and for the whole file by
the thread that writes, so that two cores share the work.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from pathlib import Path

from airlock_core import atomic
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.iso import IsoFile, IsoReader, part_of
from airlock_core.manifest_file import Entry
from airlock_core.progress import Progress, Step
from airlock_core.tree import ComposedFile, Piece

_WAITING = 4
"""Parts of :data:`CHUNK` bytes that wait to be written."""
_AGAIN = "run `airlock fetch --verify`, and build again"
_FETCH = "run `airlock fetch`"


def fill(image: Path, files: Iterable[ComposedFile], tell: Progress) -> list[Entry]:
    """Write files into an image that has all but their bytes.

    Returns:
        what each of them is.

    Raises:
        VerificationError: a piece is not what its digest says, or the image does not hold such a file.
        InputError: a piece is not there.
        MachineError: no space.
    """
    entries = []
    with IsoReader(image) as reader:
        places = {place.path: place for place in reader.image().files}
    with atomic.disk_errors(image), image.open("r+b", buffering=0) as target:
        for file in files:
            place = places.get(file.path)
            if place is None or place.size != file.size:
                raise VerificationError("the image does not hold what was put on it", where=str(file.path))
            digest = compose(file, _Place(target.fileno(), place).write, tell)
            entries.append(Entry(file.path, digest, file.size))
    return entries


def compose(file: ComposedFile, write: Callable[[bytes], object], tell: Progress) -> Digest:
    """Give all bytes of a file to ``write``, in order, and return their digest; each piece is verified.

    Raises:
        VerificationError, InputError: as :func:`fill`; what was written is of no use then.
    """
    state = hashlib.sha256()

    def put(data: bytes) -> None:
        state.update(data)
        write(data)

    done = 0
    with ThreadPoolExecutor(1, "compose") as writer:
        behind: deque[Future[None]] = deque()
        for piece in file.pieces:
            for data in _read(piece):
                behind.append(writer.submit(put, data))
                if len(behind) > _WAITING:
                    behind.popleft().result()
            done += piece.size
            tell(Step("master", file.path.name, done, file.size, finished=done == file.size))
        for last in behind:
            last.result()
    return Digest("sha256", state.hexdigest())


def _read(piece: Piece) -> Iterator[bytes]:
    if isinstance(piece.source, bytes):
        yield piece.source
        return
    state = hashlib.new(piece.digest.algorithm)
    left = piece.size
    with _opened(piece) as file:
        while data := file.read(min(CHUNK, left)):
            state.update(data)
            left -= len(data)
            yield data
        if left or file.read(1) or state.hexdigest() != piece.digest.hex:
            what = f"a damaged blob in the store: {piece.digest} of {piece.size} bytes expected"
            raise VerificationError(what, where=str(piece.source), todo=_AGAIN)


def _opened(piece: Piece) -> FileIO:
    try:
        return FileIO(piece.source)
    except FileNotFoundError as error:
        raise InputError(f"{piece.digest} is not in the store", where=str(piece.source), todo=_FETCH) from error


class _Place:
    """The extents of one file of an image, written from front to end."""

    def __init__(self, descriptor: int, file: IsoFile) -> None:
        self._descriptor = descriptor
        self._file = file
        self._at = 0

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        for extent in part_of(self._file, self._at, len(data)):
            offset, end = extent.offset, extent.end
            while offset < end:
                written = os.pwrite(self._descriptor, rest[: end - offset], offset)
                rest, offset = rest[written:], offset + written
        self._at += len(data)
