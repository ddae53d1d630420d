"""Hashing what stands on an image: its files, and the bytes that belong to no file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from airlock_core import progress
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.iso import Extent, IsoFile, IsoReader
from airlock_core.manifest_file import Entry
from airlock_core.progress import Progress, Step


def entries(
    reader: IsoReader,
    files: Sequence[IsoFile],
    *,
    tell: Progress = progress.silent,
    stage: str = "verify",
    subject: str = "",
) -> list[Entry]:
    """What each file is: path, digest and size, in the order given. Several threads; bytes that files share once.

    Args:
        subject: what the progress is of; the image's name where it is empty.

    Raises:
        VerificationError: files overlap so that they are longer than their image by far; the image ends before a file.
    """
    shared = {file.extents: file for file in files}
    total = sum(file.size for file in shared.values())
    bound = reader.image_length()
    if total > 2 * bound:
        raise VerificationError("files overlap one another", where=str(reader.path), why=f"{total} bytes in {bound}")
    counter = _Counter(tell, stage, subject or reader.path.name, total)
    largest_first = sorted(shared.values(), key=lambda file: -file.size)
    with ThreadPoolExecutor() as pool:
        found = dict(pool.map(lambda file: (file.extents, _digest(reader, file, counter)), largest_first))
    return [Entry(file.path, found[file.extents], file.size) for file in files]


def of_extents(reader: IsoReader, extents: Iterable[Extent]) -> Digest:
    """The digest of some bytes of the image, one after the other."""
    state = hashlib.sha256()
    for piece in reader.chunks(tuple(extents)):
        state.update(piece)
    return Digest("sha256", state.hexdigest())


def gaps(length: int, extents: Iterable[Extent]) -> list[Extent]:
    """The bytes of an image of ``length`` bytes that no extent covers."""
    found: list[Extent] = []
    at = 0
    for extent in sorted(extents):
        if extent.offset > at:
            found.append(Extent(at, extent.offset - at))
        at = max(at, extent.end)
    if at < length:
        found.append(Extent(at, length - at))
    return found


class _Counter:
    """Adds up bytes of several threads and tells of them."""

    def __init__(self, tell: Progress, stage: str, subject: str, total: int) -> None:
        self._tell, self._stage, self._subject, self._total = tell, stage, subject, total
        self._done = 0
        self._lock = Lock()

    def add(self, size: int) -> None:
        with self._lock:
            self._done += size
            self._tell(Step(self._stage, self._subject, self._done, self._total, self._done == self._total))


def _digest(reader: IsoReader, file: IsoFile, counter: _Counter) -> Digest:
    state = hashlib.sha256()
    pending = 0
    for piece in reader.chunks(file.extents):
        state.update(piece)
        pending += len(piece)
        if pending >= 1 << 26:
            counter.add(pending)
            pending = 0
    counter.add(pending)
    return Digest("sha256", state.hexdigest())
