"""Files of this machine, read where a client of servers is expected: by URLs, within limits, verified."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from airlock_builder.remote import local
from airlock_builder.remote.http import Head, HttpClient, Response
from airlock_core.digest import Digest


class LocalFiles(HttpClient):
    """A client that asks no network; what opens the file of a URL is its children's."""

    def host(self, url: str) -> str:
        """None is asked."""
        return ""

    def get_if_changed(
        self, url: str, *, limit: int, etag: str | None = None, last_modified: str | None = None
    ) -> Response | None:
        """A file of at most ``limit`` bytes."""
        return self.get(url, limit=limit)

    def get(self, url: str, *, limit: int) -> Response:
        """A file of at most ``limit`` bytes."""
        return Response(local.document(url, limit, self._opened))

    def get_range(self, url: str, start: int, length: int) -> bytes:
        """A part of a file."""
        return local.read(url, start, length, self._opened)

    def head(self, url: str) -> Head:
        """The size of a file."""
        return Head(local.size(url, self._opened))

    def download(
        self,
        url: str,
        part: Path,
        *,
        size: int,
        digest: Digest,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Copy a locked file, and verify it.

        Raises:
            VerificationError: another digest or size; ``part`` is gone then.
            UpstreamError: there is no such file.
        """
        local.copy(url, part, size=size, digest=digest, on_bytes=on_bytes, opener=self._opened)

    def _opened(self, url: str) -> AbstractContextManager[BinaryIO]:
        raise NotImplementedError
