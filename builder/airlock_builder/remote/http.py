"""HTTP as the builder uses it: small documents, ranges, sizes, and verified downloads. ``file://`` URLs too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from airlock_builder.remote import local
from airlock_builder.remote.failures import StatusError, too_long
from airlock_builder.remote.guard import OPEN, Guard
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.traffic import Traffic
from airlock_builder.remote.transfer import Transfer, verify_digest
from airlock_core.digest import Digest
from airlock_core.values import Value

if TYPE_CHECKING:
    import requests

    from airlock_builder.remote.transport import Transport

__all__ = ["Head", "HttpClient", "Response", "StatusError"]

MAX_FILE = 64 << 30
"""Bytes of a file whose size nobody gave, at the most."""


class Response(Value):
    """A small document, whole in memory, with what tells whether it changed."""

    body: bytes
    etag: str | None = None
    last_modified: str | None = None


class Head(Value):
    """What a server says of a file without sending it; None for what it does not say."""

    size: int | None = None
    etag: str | None = None
    last_modified: str | None = None

    @property
    def is_telling(self) -> bool:
        """Whether two such answers, when equal, mean the same file: a size and a strong validator (RFC 9110, 8.8.1)."""
        return self.size is not None and bool(self.etag) and not str(self.etag).startswith("W/")


class HttpClient:
    """A client for any host, to be used from any thread. URLs are given as locks and manifests name them.

    Every method raises :class:`~airlock_core.errors.UpstreamError` (URL, mirror, status or cause, attempts) when the
    upstream fails for good; :class:`StatusError` among them carries the status.

    Args:
        mirrors: where hosts are really asked.
        traffic: what the connections of this run share; several clients may have the same.
        offline: refuse every request but ``file://``.
        attempts: how often a failed request is tried in all.
        pause: seconds before the second attempt, growing from there.
        guard: what its requests carry; of a client with a parent alone.
        parent: whose connections it uses, and leaves open when it is closed itself.
    """

    def __init__(
        self,
        mirrors: Mirrors | None = None,
        traffic: Traffic | None = None,
        *,
        offline: bool = False,
        attempts: int = 4,
        pause: float = 0.5,
        guard: Guard = OPEN,
        parent: HttpClient | None = None,
    ) -> None:
        self.mirrors = mirrors or Mirrors()
        self.traffic = traffic or Traffic()
        self.offline = offline
        self._attempts = attempts
        self._pause = pause
        self._made: Transport | None = None
        self._making = threading.Lock()
        self._guard = guard
        self._parent = parent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _transport(self) -> Transport:
        """What sends requests; made with the first one, since a run on files alone need not wait for its libraries."""
        with self._making:
            if self._made is None and self._parent:
                parent = self._parent._transport  # noqa: SLF001 - of its own class
                self._made = parent.twin(attempts=self._attempts, guard=self._guard)
            if self._made is None:
                from airlock_builder.remote.transport import Transport

                self._made = Transport(
                    self.mirrors, self.traffic, offline=self.offline, attempts=self._attempts, pause=self._pause
                )
            return self._made

    def host(self, url: str) -> str:
        """The ``host[:port]`` that is asked for a URL; empty where none is."""
        return "" if self.offline or local.is_local(url) else self.mirrors.host(url)

    def impatient(self) -> HttpClient:
        """A client over the same connections that tries a request once: for those who can ask elsewhere."""
        return self._twin(1, self._guard)

    def guarded(self, guard: Guard) -> HttpClient:
        """A client over the same connections whose requests carry what a repository wants."""
        return self._twin(self._attempts, guard)

    def _twin(self, attempts: int, guard: Guard) -> HttpClient:
        return HttpClient(
            self.mirrors,
            self.traffic,
            offline=self.offline,
            attempts=attempts,
            pause=self._pause,
            guard=guard,
            parent=self,
        )

    def close(self) -> None:
        """Close all connections."""
        if self._made and not self._parent:
            self._made.close()

    def cancel(self) -> None:
        """Let every request of every thread, and of every client of the same traffic, fail soon: the run is over."""
        self.traffic.cancel()

    def get(self, url: str, *, limit: int) -> Response:
        """A document of at most ``limit`` bytes."""
        found = self._get(url, limit, {})
        assert found is not None  # noqa: S101 - only a condition is answered with 304
        return found

    def get_if_changed(
        self, url: str, *, limit: int, etag: str | None = None, last_modified: str | None = None
    ) -> Response | None:
        """A document of at most ``limit`` bytes; None where it is still the one with that etag or date."""
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        return self._get(url, limit, {name: value for name, value in conditions.items() if value})

    def post(self, url: str, form: bytes, *, limit: int) -> bytes:
        """What a form (``application/x-www-form-urlencoded``) is answered with: at most ``limit`` bytes."""
        return self._transport.retrying(url, lambda: self._posted(url, form, limit))

    def get_range(self, url: str, start: int, length: int) -> bytes:
        """``length`` bytes from ``start``, fewer where the file ends before; none behind its end."""
        if local.is_local(url):
            return local.read(url, start, length)
        return self._transport.retrying(url, lambda: self._range(url, start, length))

    def size(self, url: str) -> int | None:
        """Bytes of a file; None where the server does not say."""
        return self.head(url).size

    def head(self, url: str) -> Head:
        """What a server says of a file."""
        if local.is_local(url):
            return Head(local.size(url))
        try:
            return self._transport.retrying(url, lambda: self._head(url))
        except StatusError as error:
            if error.status not in (403, 405, 501):  # servers that answer GET alone
                raise
            return self._transport.retrying(url, lambda: self._first_byte(url))

    def download(
        self,
        url: str,
        part: Path,
        *,
        size: int,
        digest: Digest,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Fetch a locked file into ``part``, going on with what it holds, and verify it.

        Args:
            on_bytes: told how many bytes each step brought (negative where some are thrown away).

        Raises:
            VerificationError: another digest or size; ``part`` is gone then.
            UpstreamError: the upstream failed; ``part`` keeps what came.
        """
        if local.is_local(url):
            local.copy(url, part, size=size, digest=digest, on_bytes=on_bytes)
            return
        transfer = Transfer(
            self._transport, url, part, size=size, limit=size, algorithm=digest.algorithm, on_bytes=on_bytes
        )
        transfer.run()
        try:
            verify_digest(transfer, url, digest)
        except Exception:
            part.unlink(missing_ok=True)
            raise

    def download_unlocked(
        self, url: str, part: Path, *, limit: int = MAX_FILE, on_bytes: Callable[[int], None] = lambda count: None
    ) -> tuple[Digest, int]:
        """Fetch a file that no lock knows yet; its SHA-256 digest and size."""
        if local.is_local(url):
            return local.copy_unlocked(url, part, limit=limit, on_bytes=on_bytes)
        transfer = Transfer(self._transport, url, part, size=None, limit=limit, algorithm="sha256", on_bytes=on_bytes)
        transfer.run()
        return transfer.digest, transfer.size

    def _get(self, url: str, limit: int, headers: dict[str, str]) -> Response | None:
        if local.is_local(url):
            return Response(local.document(url, limit))
        return self._transport.retrying(url, lambda: self._document(url, limit, headers))

    def _document(self, url: str, limit: int, headers: dict[str, str]) -> Response | None:
        accept = (200, 304) if headers else (200,)
        with self._transport.request("GET", url, headers=headers, accept=accept) as response:
            if response.status_code == 304:
                return None
            body = self._transport.body(url, response).upto(limit + 1)
            if len(body) > limit:
                raise too_long(url, limit)
            return Response(body, response.headers.get("ETag"), response.headers.get("Last-Modified"))

    def _posted(self, url: str, form: bytes, limit: int) -> bytes:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with self._transport.request("POST", url, headers=headers, body=form) as response:
            body = self._transport.body(url, response).upto(limit + 1)
        if len(body) > limit:
            raise too_long(url, limit)
        return body

    def _range(self, url: str, start: int, length: int) -> bytes:
        headers = {"Range": f"bytes={start}-{start + length - 1}"}
        with self._transport.request("GET", url, headers=headers, accept=(200, 206, 416)) as response:
            if response.status_code == 416:
                return b""
            whole = response.status_code == 200
            end = start + length if whole else length
            # one byte more than wanted, so that the end is seen and the connection can be kept
            return self._transport.body(url, response).upto(end + 1)[start if whole else 0 : end]

    def _head(self, url: str) -> Head:
        with self._transport.request("HEAD", url) as response:
            return _told(response, response.headers.get("Content-Length", ""))

    def _first_byte(self, url: str) -> Head:
        with self._transport.request("GET", url, headers={"Range": "bytes=0-0"}, accept=(200, 206)) as response:
            if response.status_code == 206:
                return _told(response, response.headers.get("Content-Range", "").rpartition("/")[2])
            return _told(response, response.headers.get("Content-Length", ""))


def _told(response: requests.Response, size: str) -> Head:
    headers = response.headers
    return Head(int(size) if size.isdigit() else None, headers.get("ETag"), headers.get("Last-Modified"))
