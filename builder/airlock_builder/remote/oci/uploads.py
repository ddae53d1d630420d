"""One blob on its way into a repository: in pieces, gone on with where the registry says that it has come to.

Source: OCI distribution specification 1.1, "Pushing a blob in chunks".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit

import requests

from airlock_builder.remote.exchange import joined
from airlock_builder.remote.failures import Transient
from airlock_builder.remote.guard import origin
from airlock_builder.remote.oci.content import Content
from airlock_builder.remote.oci.transport import RegistryTransport
from airlock_builder.remote.traffic import Traffic
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError

PIECE = 32 << 20
"""Bytes of one request: what proxies before registries let pass, and few enough to send again."""
_MOST = 1 << 30
"""Bytes of one request at the most, whatever the registry wants at the least."""
_MIB = 20
_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,15})")
_LOST = (400, 404, 416)
"""What registries answer of an upload that they have given up; distribution does so of one that was cut in a piece."""
_HEADERS = {"Content-Type": "application/octet-stream"}


class Upload:
    """The upload of one blob.

    Args:
        transport: sends the requests.
        content: the bytes.
        digest: theirs.
        on_bytes: told how many bytes each step brought; negative where some have to be sent again.
        piece: bytes of one request.
    """

    def __init__(
        self,
        transport: RegistryTransport,
        content: Content,
        digest: Digest,
        on_bytes: Callable[[int], None],
        piece: int = PIECE,
    ) -> None:
        self._transport = transport
        self._content = content
        self._digest = digest
        self._on_bytes = on_bytes
        self._piece = piece
        self._blob = f"{transport.spot.url}/blobs/{digest}"
        self._session = ""
        self._done = 0
        self._told = 0
        self._is_sure = True

    def run(self) -> None:
        """Send what lacks, and have the registry take it in.

        Raises:
            UpstreamError: the registry failed or refused, whatever was tried.
            VerificationError: the content is not of its digest any more.
        """
        self._transport.retrying(self._blob, self._go_on, progress=lambda: self._done >> _MIB)
        self._tell(self._content.size)

    def _go_on(self) -> None:
        try:
            if self._session and not self._is_sure:
                self._ask_how_far()
            if not self._session and self._begin():
                return
            while self._content.size - self._done > (self._piece if not self._done else 0):
                self._send_piece()
            self._finish()
        except Transient:
            self._is_sure = False
            raise

    def _begin(self) -> bool:
        """Open a session; whether the blob is there already and none is needed."""
        if has_blob(self._transport, self._digest):
            return True
        url = f"{self._transport.spot.url}/blobs/uploads/"
        with self._transport.request("POST", url, accept=(202,), body=b"") as response:
            self._follow(url, response)
            least = response.headers.get("OCI-Chunk-Min-Length", "")
            self._piece = max(self._piece, min(int(least) if least.isdigit() else 0, _MOST))
        self._is_sure = True
        return False

    def _ask_how_far(self) -> None:
        with self._transport.request("GET", self._session, accept=(204, *_LOST)) as response:
            come = _RANGE.fullmatch(response.headers.get("Range", ""))
            # "0-0" is said of one byte and of none
            if response.status_code != 204 or not come or not 0 < int(come[1]) < self._content.size:
                self._lose()
                return
            self._follow(self._session, response)
            self._done = int(come[1]) + 1
        self._is_sure = True
        self._tell(self._done)

    def _send_piece(self) -> None:
        end = min(self._done + self._piece, self._content.size)
        headers = {**_HEADERS, "Content-Range": f"{self._done}-{end - 1}"}
        body = self._bytes(self._done, end)
        with self._transport.request("PATCH", self._session, headers=headers, accept=(202, *_LOST), body=body) as got:
            if got.status_code != 202:
                raise self._gone(got)
            self._follow(self._session, got)
        self._done = end
        self._tell(end)

    def _finish(self) -> None:
        parts = urlsplit(self._session)
        query = "&".join(part for part in (parts.query, urlencode({"digest": str(self._digest)})) if part)
        url = parts._replace(query=query).geturl()
        body = self._bytes(self._done, self._content.size) if self._done < self._content.size else b""
        with self._transport.request("PUT", url, headers=_HEADERS, accept=(201, *_LOST), body=body) as response:
            if response.status_code != 201:
                raise self._gone(response)

    def _gone(self, response: requests.Response) -> Exception:
        """The registry does not go on with the session."""
        error = self._transport.refused(self._blob, response)
        if "DIGEST_INVALID" in error.why:
            what = "changed while it was pushed: the registry got other bytes than its digest says"
            return VerificationError(what, where=self._blob, why=error.why, todo="run again when nobody writes to it")
        self._lose()
        return Transient(error.why)

    def _lose(self) -> None:
        self._session, self._done = "", 0
        self._tell(0)

    def _follow(self, asked: str, response: requests.Response) -> None:
        """Take the place where the session goes on: on the same server, which alone is told who asks."""
        place = response.headers.get("Location", "")
        url = joined(asked, place) if place else asked
        if origin(url) != origin(asked):
            why = f"{origin(asked)} sends it on to {origin(url)}"
            todo = "see how the registry is told its own name (behind a proxy: X-Forwarded-Proto and Host)"
            raise UpstreamError(
                "the registry wants what is pushed sent to another place", where=self._blob, why=why, todo=todo
            )
        self._session = url

    def _bytes(self, start: int, end: int) -> _Sending:
        return _Sending(self._content, start, end, self._transport.traffic, self._blob, self._tell)

    def _tell(self, done: int) -> None:
        """Tell how many bytes are on the other side, as far as is known."""
        if done != self._told:
            self._on_bytes(done - self._told)
            self._told = done


class _Sending:
    """The body of a request, at the run's pace; it can be read anew."""

    def __init__(
        self, content: Content, start: int, end: int, traffic: Traffic, url: str, tell: Callable[[int], None]
    ) -> None:
        self._content = content
        self._start = start
        self._end = end
        self._traffic = traffic
        self._url = url
        self._tell = tell

    def __len__(self) -> int:
        return self._end - self._start

    def __iter__(self) -> Iterator[bytes]:
        done = self._start
        for piece in self._content.pieces(self._start, len(self)):
            self._traffic.came(len(piece))
            self._traffic.check_cancelled(self._url)
            yield piece
            done += len(piece)
            self._tell(done)


def has_blob(transport: RegistryTransport, digest: Digest) -> bool:
    """Whether a repository has a blob."""
    with transport.request("HEAD", f"{transport.spot.url}/blobs/{digest}", accept=(200, 404)) as response:
        return response.status_code == 200
