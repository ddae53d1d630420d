"""A file's SHA-256 digest and size: from who vouches for it, or from its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airlock_builder.lock.files.vouching import Voucher
from airlock_builder.lock.taken import forget, size_of, take
from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core.digest import Digest, of_file
from airlock_core.errors import VerificationError
from airlock_core.progress import Progress, Step


@dataclass(frozen=True)
class Taking:
    """The ways to files and the store that they come into."""

    http: HttpClient
    store: Store
    progress: Progress

    def measured(self, url: str, voucher: Voucher) -> tuple[Digest, int]:
        """Digest and size; the file is not downloaded where its SHA-256 is vouched for and its server tells its size.

        Raises:
            VerificationError: it is not what is vouched for.
            UpstreamError: it is not there, or its server cannot be reached.
        """
        given = voucher.sha256
        size = size_of(url, given, self.http, self.store) if given else None
        if given is None or size is None:
            return self._taken(url, voucher)
        self.progress(Step("lock", url, size, size, finished=True))
        return given, size

    def brought(self, url: str, voucher: Voucher) -> tuple[Digest, int]:
        """Digest and size of a file that is in the store afterwards.

        Raises:
            as :meth:`measured`.
        """
        digest, size = self.measured(url, voucher)
        done = 0

        def count(step: int) -> None:
            nonlocal done
            done += step
            self.progress(Step("lock", url, done, size))

        def fill(part: Path) -> Digest:
            self.http.download(url, part, size=size, digest=digest, on_bytes=count)
            return digest  # the download hashes what it writes, and holds it against this

        if not self.store.has(digest, size):
            self.store.require_space(size)
            self.store.ensure(digest, size, fill)
        return digest, size

    def _taken(self, url: str, voucher: Voucher) -> tuple[Digest, int]:
        done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            self.progress(Step("lock", url, done))

        digest, size = take(url, self.http, self.store, on_bytes=count)
        for given in voucher.digests:
            self._compare(url, given, digest, voucher)
        self.progress(Step("lock", url, size, size, finished=True))
        return digest, size

    def _compare(self, url: str, given: Digest, taken: Digest, voucher: Voucher) -> None:
        found = of_file(self.store.path(taken), given.algorithm)
        if found == given:
            return
        forget(url, self.store)
        says = f"its checksum file {voucher.checksums}" if voucher.checksums else "the manifest"
        raise VerificationError(
            f"other bytes than {says} says: expected {given}, found {found}",
            where=url,
            todo="compare the checksum with its maker's",
        )
