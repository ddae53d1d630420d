"""``file://`` URLs (RFC 8089): the same uses as over HTTP, from this machine's disk."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from airlock_builder.remote.failures import MissingError, other_bytes, other_size, too_long
from airlock_core import atomic
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import UpstreamError

Opener = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens the file of a URL for reading from anywhere in it."""


def is_local(url: str) -> bool:
    """Whether a URL names a file of this machine."""
    return url.startswith("file://")


@contextlib.contextmanager
def opened(url: str) -> Iterator[BinaryIO]:
    """The file of a ``file://`` URL."""
    path = Path(unquote(urlsplit(url).path))
    try:
        file = path.open("rb")
    except OSError as error:
        kind = MissingError if isinstance(error, FileNotFoundError) else UpstreamError
        raise kind("cannot be read", where=url, why=error.strerror or str(error), todo="correct the path") from error
    with file:
        yield file


def document(url: str, limit: int, opener: Opener = opened) -> bytes:
    """A file of at most ``limit`` bytes."""
    data = read(url, 0, limit + 1, opener)
    if len(data) > limit:
        raise too_long(url, limit)
    return data


def read(url: str, start: int, length: int, opener: Opener = opened) -> bytes:
    """A part of a file."""
    with opener(url) as file:
        file.seek(start)
        return file.read(length)


def size(url: str, opener: Opener = opened) -> int:
    """Bytes of a file."""
    with opener(url) as file:
        return file.seek(0, 2)


def copy(
    url: str,
    part: Path,
    *,
    size: int,
    digest: Digest,
    on_bytes: Callable[[int], None],
    opener: Opener = opened,
) -> None:
    """Copy a locked file and verify it.

    Raises:
        VerificationError: another size or digest; ``part`` is gone then.
    """
    now, found = _copy(url, part, size, digest.algorithm, on_bytes, opener)
    if found != size:
        part.unlink()
        raise other_size(url, size, "more" if found > size else str(found))
    if now != digest:
        part.unlink()
        raise other_bytes(url, digest, now)


def copy_unlocked(url: str, part: Path, *, limit: int, on_bytes: Callable[[int], None]) -> tuple[Digest, int]:
    """Copy a file that no lock knows yet; its SHA-256 digest and size."""
    digest, size = _copy(url, part, limit, "sha256", on_bytes, opened)
    if size > limit:
        part.unlink()
        raise too_long(url, limit)
    return digest, size


def _copy(
    url: str, part: Path, limit: int, algorithm: str, on_bytes: Callable[[int], None], opener: Opener
) -> tuple[Digest, int]:
    """Copy up to a chunk more than ``limit`` bytes; the digest and the number of those that came."""
    state, count = hashlib.new(algorithm), 0
    with opener(url) as source, atomic.disk_errors(part), part.open("wb") as target:
        while count <= limit and (chunk := source.read(CHUNK)):
            target.write(chunk)
            state.update(chunk)
            count += len(chunk)
            on_bytes(len(chunk))
    return Digest(algorithm, state.hexdigest()), count
