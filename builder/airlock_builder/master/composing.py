"""Files that are put together: copied straight from the store into the image, where a hole was left for them.

What was written is then read back from the image: each byte is hashed for the piece that it belongs to and, beside
that, for the whole file, so that two cores share the work, and what is found good is what the medium holds.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from pathlib import Path

from airlock_core import atomic
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.iso import Extent, IsoFile, IsoReader, part_of
from airlock_core.manifest_file import Entry
from airlock_core.progress import Progress, Step
from airlock_core.tree import ComposedFile, Piece

_WAITING = 4
"""Parts of :data:`CHUNK` bytes that wait for the second hash."""
_AGAIN = "run `airlock fetch --verify`, and build again"
_FETCH = "run `airlock fetch`"


def fill(image: Path, files: Iterable[ComposedFile], tell: Progress) -> list[Entry]:
    """Write files into an image that has all but their bytes, and read them back.

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
            entries.append(Entry(file.path, compose(file, target, place, tell), file.size))
    return entries


def compose(file: ComposedFile, target: FileIO, place: IsoFile, tell: Progress) -> Digest:
    """Have a file at its place, each piece verified as it stands there; the digest of the whole.

    Args:
        target: the image, open to read and to write.
        place: where in it.

    Raises:
        VerificationError, InputError: as :func:`fill`; what was written is of no use then.
    """
    write(file, target, place, tell)
    return verify(file, target, place, tell)


def write(file: ComposedFile, target: FileIO, place: IsoFile, tell: Progress) -> None:
    """Copy all pieces to their place; what their bytes are is looked at by nobody yet.

    Raises:
        VerificationError, InputError: a piece has not its length, or is not there.
    """
    at = 0
    for piece in file.pieces:
        parts = part_of(place, at, piece.size)
        if isinstance(piece.source, bytes):
            _put(piece.source, target, parts)
        else:
            _copy(piece, piece.source, target, parts)
        at += piece.size
        tell(Step("master", f"{file.path.name}, written", at, file.size, finished=at == file.size))


def _put(data: bytes, target: FileIO, parts: Iterable[Extent]) -> None:
    rest = memoryview(data)
    for part in parts:
        offset = part.offset
        while offset < part.end:
            written = os.pwrite(target.fileno(), rest[: part.end - offset], offset)
            rest, offset = rest[written:], offset + written


def _copy(piece: Piece, path: Path, target: FileIO, parts: Iterable[Extent]) -> None:
    """Have the kernel copy, as cp does."""
    at = 0
    with _opened(piece, path) as source:
        if os.fstat(source.fileno()).st_size != piece.size:
            raise _damaged(piece, path)
        for part in parts:
            target.seek(part.offset)
            end = at + part.size
            while at < end:
                count = os.sendfile(target.fileno(), source.fileno(), at, end - at)
                if not count:
                    raise _damaged(piece, path)
                at += count


def verify(file: ComposedFile, target: FileIO, place: IsoFile, tell: Progress) -> Digest:
    """The digest of what stands at a file's place, in which each piece is what its digest says.

    Raises:
        VerificationError: it is not: the blob was damaged in the store, or on its way.
    """
    state, pieces, done = hashlib.sha256(), _Pieces(file.pieces), 0
    with ThreadPoolExecutor(1, "compose") as beside:
        behind: deque[Future[None]] = deque()
        for data in _read(target, place):
            behind.append(beside.submit(pieces.take, data))
            state.update(data)
            if len(behind) > _WAITING:
                behind.popleft().result()
            done += len(data)
            tell(Step("master", file.path.name, done, file.size, finished=done == file.size))
        for last in behind:
            last.result()
    return Digest("sha256", state.hexdigest())


def _read(target: FileIO, place: IsoFile) -> Iterator[bytes]:
    for part in place.extents:
        offset = part.offset
        while offset < part.end:
            data = os.pread(target.fileno(), min(CHUNK, part.end - offset), offset)
            if not data:
                raise VerificationError("the image does not hold what was put on it", where=str(place.path))
            yield data
            offset += len(data)


class _Pieces:
    """The pieces of a file, compared one after the other as its bytes come."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._left = deque(piece for piece in pieces if piece.size)
        self._begin()

    def take(self, data: bytes) -> None:
        """Hash the next bytes.

        Raises:
            VerificationError: a piece that ends within them is not what its digest says.
        """
        rest = memoryview(data)
        while rest:
            part = rest[: self._lacking]
            self._state.update(part)
            self._lacking -= len(part)
            rest = rest[len(part) :]
            if not self._lacking:
                self._end()

    def _begin(self) -> None:
        if self._left:
            self._lacking = self._left[0].size
            self._state = hashlib.new(self._left[0].digest.algorithm)

    def _end(self) -> None:
        piece = self._left.popleft()
        if self._state.hexdigest() != piece.digest.hex:
            raise _damaged(piece, piece.source if isinstance(piece.source, Path) else None)
        self._begin()


def _damaged(piece: Piece, path: Path | None) -> VerificationError:
    if path is None:
        return VerificationError("the image does not hold what was put on it", where=str(piece.digest))
    what = f"a damaged blob in the store: {piece.digest} of {piece.size} bytes expected"
    return VerificationError(what, where=str(path), todo=_AGAIN)


def _opened(piece: Piece, path: Path) -> FileIO:
    try:
        return FileIO(path)
    except FileNotFoundError as error:
        raise InputError(f"{piece.digest} is not in the store", where=str(path), todo=_FETCH) from error
