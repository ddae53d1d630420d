"""Digests: values like ``sha256:9f86…``, and the hashing of bytes, files and streams."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core.errors import InputError

CHUNK = 1 << 20
"""Bytes read at once when hashing."""

_SHAPE = re.compile(r"(sha256|sha384|sha512):([0-9a-f]+)")
_HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}


@dataclass(frozen=True, order=True)
class Digest:
    """A digest by algorithm and lower-case hex, as in the OCI image specification ("Digests")."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str, *, where: str = "") -> Digest:
        """Read ``algorithm:hex``.

        Raises:
            InputError: the text is no digest of sha256, sha384 or sha512.
        """
        match = _SHAPE.fullmatch(text)
        if not match or len(match[2]) != _HEX_LENGTH[match[1]]:
            raise InputError(f"not a digest: {text!r}", where=where, todo="write it as sha256: and 64 hex digits")
        return cls(match[1], match[2])

    @classmethod
    def sha256(cls, data: bytes) -> Digest:
        """The SHA-256 digest of some bytes."""
        return cls("sha256", hashlib.sha256(data).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    @property
    def short(self) -> str:
        """Twelve digits of the hex, for people."""
        return self.hex[:12]


def of_file(path: Path, algorithm: str = "sha256") -> Digest:
    """The digest of a file's content."""
    with path.open("rb") as file:
        return Digest(algorithm, hashlib.file_digest(file, algorithm).hexdigest())


def of_chunks(chunks: Iterable[bytes], algorithm: str = "sha256") -> tuple[Digest, int]:
    """The digest and length in bytes of a stream."""
    state = hashlib.new(algorithm)
    size = 0
    for chunk in chunks:
        state.update(chunk)
        size += len(chunk)
    return Digest(algorithm, state.hexdigest()), size


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file's content in chunks of :data:`CHUNK` bytes."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
