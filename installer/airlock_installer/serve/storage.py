"""The registry's filesystem storage, written directly.

Source: CNCF distribution 2.8, ``registry/storage/paths.go``: ``blobs/sha256/ab/HEX/data`` holds bytes, and small files
named ``link`` with a digest in them say which repository has which layer, manifest and tag.

A blob is written aside, verified as it stands there, put on the disk, and only then takes its name: so what has a name
is whole, after a power cut too, and no record beside it is needed. Names and links may be lost in a power cut until the
end of ``receiving``: a load sees that they are not there, or empty, and makes them again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_installer.serve.contents import Contents

_ASIDE = "incoming"
_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


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

    def blobs(self) -> Iterator[Path]:
        """The files of all blobs."""
        return self._base.glob("blobs/*/*/*/data")

    def free(self) -> int:
        """Bytes that fit in."""
        self.make()
        state = os.statvfs(self.root)
        return state.f_bavail * state.f_frsize

    def make(self) -> None:
        """Have its folder there, for the registry to look into."""
        _folder(self._base)

    @contextlib.contextmanager
    def receiving(self) -> Iterator[None]:
        """Have an empty place aside while the block runs, and all on the disk when it ends well.

        What a load that was killed left aside goes.
        """
        aside = self.root / _ASIDE
        shutil.rmtree(aside, ignore_errors=True)
        with atomic.disk_errors(aside):
            _folder(aside)
        try:
            yield
            os.sync()
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def write(self, digest: Digest, pieces: Iterable[bytes | memoryview]) -> Path:
        """Write a blob aside.

        Raises:
            OSError: no space, no right to write.
        """
        part = self.root / _ASIDE / f"{digest.algorithm}-{digest.hex}"
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        return part

    def take(self, digest: Digest, part: Path) -> None:
        """Give a blob that was written aside its name, when it is what that says.

        Raises:
            VerificationError: the bytes are others.
            OSError: no space, no right to write.
        """
        path = self.blob(digest)
        with part.open("rb") as file:
            found = hashlib.file_digest(file, digest.algorithm).hexdigest()
            if found != digest.hex:
                part.unlink()
                raise VerificationError("a blob is altered", where=str(digest), why=f"its bytes have {found}")
            atomic.sync(file.fileno())
        _rename(part, path)

    def discard(self, digest: Digest) -> None:
        """Take a damaged blob away, so that it is served to nobody."""
        self.blob(digest).unlink(missing_ok=True)

    def aside(self) -> int:
        """Bytes that stand aside, not verified yet."""
        return sum(part.stat().st_size for part in (self.root / _ASIDE).glob("*"))

    def link(self, content: Contents) -> bool:
        """Make an image visible while receiving, tag last; whether it was not so before. All its blobs must be there.

        Raises:
            OSError: no space, no right to write.
        """
        repository, image = content.image.ref.repository, content.image
        before = self.is_linked(content)
        for manifest in content.manifests:
            for layer in manifest.layers:
                self.link_layer(repository, layer)
            self.link_manifest(repository, manifest.digest)
        if image.tag:
            self.link_tag(repository, image.tag, image.digest)
        return not before

    def is_linked(self, content: Contents) -> bool:
        """Whether an image is visible, with its tag and all its parts."""
        repository, image = content.image.ref.repository, content.image
        parts = [(self.manifest_link(repository, manifest.digest), manifest.digest) for manifest in content.manifests]
        parts += [(self.layer_link(repository, layer), layer) for part in content.manifests for layer in part.layers]
        if image.tag:
            parts.append((self.tag_link(repository, image.tag), image.digest))
        return all(linked(path, digest) for path, digest in parts)

    def link_layer(self, repository: str, digest: Digest) -> None:
        """Say that a repository has a layer (or config)."""
        self._link(self.layer_link(repository, digest), digest)

    def link_manifest(self, repository: str, digest: Digest) -> None:
        """Say that a repository has a manifest or index."""
        self._link(self.manifest_link(repository, digest), digest)

    def link_tag(self, repository: str, tag: str, digest: Digest) -> None:
        """Point a tag to a manifest or index, which must be linked before."""
        current = self.tag_link(repository, tag)
        self._link(current.parents[1] / "index" / digest.algorithm / digest.hex / "link", digest)
        self._link(current, digest)

    def tag_link(self, repository: str, tag: str) -> Path:
        """The file that says what a tag points to."""
        return self._manifests(repository) / "tags" / tag / "current/link"

    def layer_link(self, repository: str, digest: Digest) -> Path:
        """The file by which a repository has a layer."""
        return self._repository(repository) / "_layers" / digest.algorithm / digest.hex / "link"

    def manifest_link(self, repository: str, digest: Digest) -> Path:
        """The file by which a repository has a manifest."""
        return self._manifests(repository) / "revisions" / digest.algorithm / digest.hex / "link"

    @property
    def _base(self) -> Path:
        return self.root / "docker/registry/v2"

    def _repository(self, name: str) -> Path:
        return self._base / "repositories" / name

    def _manifests(self, name: str) -> Path:
        return self._repository(name) / "_manifests"

    def _link(self, path: Path, digest: Digest) -> None:
        if not linked(path, digest):
            part = self.root / _ASIDE / f"link-{threading.get_ident()}"
            part.write_text(str(digest))
            _rename(part, path)


def linked(link: Path, digest: Digest) -> bool:
    """Whether a link leads to a blob."""
    try:
        return link.read_bytes() == str(digest).encode()
    except FileNotFoundError:
        return False


def _rename(part: Path, path: Path) -> None:
    """Give what stands aside its name."""
    part.chmod(_FILE_MODE)
    _folder(path.parent)
    part.replace(path)


def _folder(path: Path) -> None:
    """Make a folder with its parents, that the registry's own user may look into."""
    if path.is_dir():
        return
    _folder(path.parent)
    with contextlib.suppress(FileExistsError):  # another thread was quicker
        path.mkdir()
        path.chmod(_FOLDER_MODE)
