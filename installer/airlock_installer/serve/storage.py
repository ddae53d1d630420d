"""The registry's filesystem storage, written directly.

Source: CNCF distribution 2.8, ``registry/storage/paths.go``: ``blobs/sha256/ab/HEX/data`` holds bytes, and small files
named ``link`` with a digest in them say which repository has which layer, manifest and tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from airlock_core import atomic
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import VerificationError


@dataclass(frozen=True)
class RegistryStorage:
    """The storage below ``root`` (``rootdirectory`` in the registry's configuration)."""

    root: Path

    def blob(self, digest: Digest) -> Path:
        """The file with a blob's bytes."""
        return self._base / "blobs" / digest.algorithm / digest.hex[:2] / digest.hex / "data"

    def has(self, digest: Digest, size: int) -> bool:
        """Whether a blob is there in its full length. It was verified before it got its name."""
        try:
            return self.blob(digest).stat().st_size == size
        except FileNotFoundError:
            return False

    def add(self, digest: Digest, size: int, source: IO[bytes]) -> None:
        """Write a blob, hashing what is written; it takes its name when the digest agrees.

        Raises:
            VerificationError: the bytes are others.
            MachineError: no space.
        """
        path = self.blob(digest)
        with atomic.disk_errors(path), atomic.replacing(path) as part:
            found, length = _copy(source, part, digest.algorithm)
            if (found, length) != (digest, size):
                why = f"expected {digest} in {size} bytes, found {found} in {length}"
                raise VerificationError("a blob of registry.tar is altered", where=str(digest), why=why)
            part.chmod(0o644)

    def link_layer(self, repository: str, digest: Digest) -> None:
        """Say that a repository has a layer (or config)."""
        self._link(self._repository(repository) / "_layers" / digest.algorithm / digest.hex, digest)

    def link_manifest(self, repository: str, digest: Digest) -> None:
        """Say that a repository has a manifest or index."""
        self._link(self._manifests(repository) / "revisions" / digest.algorithm / digest.hex, digest)

    def link_tag(self, repository: str, tag: str, digest: Digest) -> None:
        """Point a tag to a manifest or index, which must be linked before."""
        folder = self._manifests(repository) / "tags" / tag
        self._link(folder / "index" / digest.algorithm / digest.hex, digest)
        self._link(folder / "current", digest)

    @property
    def _base(self) -> Path:
        return self.root / "docker/registry/v2"

    def _repository(self, name: str) -> Path:
        return self._base / "repositories" / name

    def _manifests(self, name: str) -> Path:
        return self._repository(name) / "_manifests"

    @staticmethod
    def _link(folder: Path, digest: Digest) -> None:
        path = folder / "link"
        if not path.is_file() or path.read_text() != str(digest):
            atomic.write(path, str(digest))


def _copy(source: IO[bytes], part: Path, algorithm: str) -> tuple[Digest, int]:
    state, length = hashlib.new(algorithm), 0
    with part.open("wb") as file:
        for chunk in _chunks(source):
            state.update(chunk)
            length += file.write(chunk)
        atomic.sync(file.fileno())
    return Digest(algorithm, state.hexdigest()), length


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
