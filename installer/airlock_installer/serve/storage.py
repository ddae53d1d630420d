"""The registry's filesystem storage, written directly.

Source: CNCF distribution 2.8, ``registry/storage/paths.go``: ``blobs/sha256/ab/HEX/data`` holds bytes, and small files
named ``link`` with a digest in them say which repository has which layer, manifest and tag.

A blob is written aside, hashed on the way, put on the disk, and only then takes its name: so what has a name is whole,
after a power cut too, and no record beside it is needed. All that an image needs is on the disk before it becomes
visible, so a power cut leaves it visible and whole, or not visible; the next load makes what is not there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.lanes.hashing import Hashing, Message
from airlock_installer.serve import direct
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
            atomic.sync_filesystem(self.root)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def receive(self, digest: Digest, pieces: Iterable[bytes | memoryview], hashing: Hashing) -> Digest:
        """Write a blob, which takes its name when it is on the disk and is what that says.

        Args:
            pieces: its bytes; each piece must stay until the next but one is asked for, since it is hashed meanwhile.

        Returns:
            the digest of its bytes; where that is another, the blob is gone.

        Raises:
            OSError: no space, no right to write.
        """
        part = self.root / _ASIDE / f"{digest.algorithm}-{digest.hex}"
        message = hashing.message(digest.algorithm)
        try:
            direct.write(part, _hashed(pieces, message), mode=_FILE_MODE)
        finally:
            message.settle()
        found = Digest(digest.algorithm, message.hexdigest())
        if found == digest:
            _rename(part, self.blob(digest))
        else:
            part.unlink()
        return found

    def discard(self, digest: Digest) -> None:
        """Take a damaged blob away, so that it is served to nobody."""
        self.blob(digest).unlink(missing_ok=True)

    def aside(self) -> int:
        """Bytes that stand aside, not verified yet."""
        return sum(map(_length, (self.root / _ASIDE).glob("*")))

    def link(self, content: Contents) -> bool:
        """Make an image visible while receiving; whether it was not so before. All its blobs must be there.

        Raises:
            OSError: no space, no right to write.
        """
        if self.is_linked(content):
            return False
        for path, digest in self._parts(content):
            if not linked(path, digest):
                _rename(self._link(digest), path)
        last = [(self._link(digest), path) for path, digest in self._shown(content) if not linked(path, digest)]
        atomic.sync_filesystem(self.root)
        for part, path in last:
            _rename(part, path)
        return True

    def is_linked(self, content: Contents) -> bool:
        """Whether an image is visible, with its tag and all its parts."""
        return all(linked(path, digest) for path, digest in (*self._parts(content), *self._shown(content)))

    def links(self, content: Contents) -> tuple[dict[Path, Digest], dict[Path, Digest]]:
        """The links to what an image consists of, and those by which it is found, which must come after them."""
        return dict(self._parts(content)), dict(self._shown(content))

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

    def _parts(self, content: Contents) -> Iterator[tuple[Path, Digest]]:
        """The links to what an image consists of, by which nobody finds the image."""
        repository = content.image.ref.repository
        for manifest in content.manifests:
            for layer in manifest.layers:
                yield self.layer_link(repository, layer), layer
            if manifest.digest != content.image.digest:
                yield self.manifest_link(repository, manifest.digest), manifest.digest

    def _shown(self, content: Contents) -> Iterator[tuple[Path, Digest]]:
        """The links by which an image is found, its tag last."""
        image, repository = content.image, content.image.ref.repository
        yield self.manifest_link(repository, image.digest), image.digest
        if image.tag:
            current = self.tag_link(repository, image.tag)
            yield current.parents[1] / "index" / image.digest.algorithm / image.digest.hex / "link", image.digest
            yield current, image.digest

    def _link(self, digest: Digest) -> Path:
        """A link that stands aside and has no name yet."""
        handle, name = tempfile.mkstemp(prefix="link-", dir=self.root / _ASIDE)
        try:
            os.write(handle, str(digest).encode())
            os.fchmod(handle, _FILE_MODE)
        finally:
            os.close(handle)
        return Path(name)


def _hashed(pieces: Iterable[bytes | memoryview], message: Message) -> Iterator[bytes | memoryview]:
    """Pieces as they are, hashed meanwhile: each before the next but one is asked for."""
    for piece in pieces:
        message.give(piece)
        yield piece
        message.settle(leave=1)


def _length(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:  # it has its name by now
        return 0


def linked(link: Path, digest: Digest) -> bool:
    """Whether a link leads to a blob."""
    try:
        return link.read_bytes() == str(digest).encode()
    except FileNotFoundError:
        return False


def _rename(part: Path, path: Path) -> None:
    """Give what stands aside its name."""
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
