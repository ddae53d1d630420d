"""Which image is whole, as blobs arrive in any order and from several threads."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable

from airlock_core.digest import Digest
from airlock_installer.serve.contents import Contents


class Arrivals:
    """The blobs of some images, and those that are there.

    Args:
        images: what each image consists of.
        present: blobs that are there at the outset.
    """

    def __init__(self, images: Iterable[Contents], present: Collection[Digest] = ()) -> None:
        self._sizes: dict[Digest, int] = {}
        self._users: dict[Digest, list[Contents]] = {}
        self._lacking: dict[int, set[Digest]] = {}
        self._guard = threading.Lock()
        self.whole: list[Contents] = []
        for image in images:
            lacking = set(image.sizes) - set(present)
            self._lacking[id(image)] = lacking
            self._sizes |= image.sizes
            for digest in lacking:
                self._users.setdefault(digest, []).append(image)
            if not lacking:
                self.whole.append(image)
        self.total = sum(self._sizes.values())

    @property
    def blobs(self) -> int:
        """How many blobs the images have, each once."""
        return len(self._sizes)

    @property
    def left(self) -> int:
        """Bytes of the blobs that are lacking still."""
        with self._guard:
            return sum(self._sizes[digest] for digest in self._users)

    def size(self, digest: Digest) -> int | None:
        """Bytes that a blob must have; None where no image has such a blob."""
        return self._sizes.get(digest)

    def lacks(self, digest: Digest) -> bool:
        """Whether a blob of some image is not there yet."""
        return digest in self._users

    def lacking(self) -> list[Digest]:
        """All that is not there yet."""
        with self._guard:
            return list(self._users)

    def users(self, digest: Digest) -> str:
        """The images that wait for a blob, for people."""
        return ", ".join(image.image.site_name for image in self._users.get(digest, ()))

    def arrived(self, digest: Digest) -> list[Contents]:
        """Note that a blob is there; the images that are whole with it."""
        with self._guard:
            users = self._users.pop(digest, [])
            for image in users:
                self._lacking[id(image)].discard(digest)
            found = [image for image in users if not self._lacking[id(image)]]
            self.whole += found
            return found
