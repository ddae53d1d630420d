"""One file from an upstream into a partial file: gone on with by ranges, capped, hashed while it is written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_builder.remote.failures import Transient, other_bytes, other_size, shown, too_long
from airlock_core import atomic
from airlock_core.digest import CHUNK as READ
from airlock_core.digest import Digest

if TYPE_CHECKING:
    import requests

    from airlock_builder.remote.transport import Transport

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_MIB = 20
_LITTLE = 1 << 20
"""Bytes that may be fetched in vain where what an earlier run began is of another file, which the digest tells."""


class Transfer:
    """The download of one URL.

    Args:
        transport: what sends the requests.
        url: as in the lock.
        part: the partial file; what it holds is gone on with.
        size: bytes that it must have; None where that is not known.
        limit: bytes that it may have at the most.
        algorithm: of the digest.
        on_bytes: told how many bytes each step brought; negative where some are thrown away.
    """

    def __init__(
        self,
        transport: Transport,
        url: str,
        part: Path,
        *,
        size: int | None,
        limit: int,
        algorithm: str,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._transport = transport
        self._url = url
        self._part = part
        self._size = size
        self._limit = limit
        self._algorithm = algorithm
        self._on_bytes = on_bytes
        self._mark = part.with_name(part.name + ".from")
        self._done = 0
        self._is_marked = True
        self._origins = ""
        self.resumed = False
        self.digest = Digest.sha256(b"")

    @property
    def size(self) -> int:
        """Bytes in the partial file."""
        return self._done

    def run(self) -> None:
        """Fetch what lacks, and hash the whole.

        Raises:
            UpstreamError: the upstream failed, whatever was tried.
            VerificationError: the size is another.
        """
        try:
            self._begin()
            self._complete()
        except Exception:
            self._on_bytes(-self._done)  # who goes on with it, from another mirror perhaps, counts it again
            raise
        self.digest = Digest(self._algorithm, self._state.hexdigest())
        if self._is_marked:
            self._mark.unlink(missing_ok=True)

    def restart(self) -> None:
        """Throw away what there is and fetch anew."""
        self._drop()
        self.run()

    def _complete(self) -> None:
        if self._size is None or self._done != self._size:
            self._transport.retrying(self._url, self._go_on, progress=lambda: self._done >> _MIB)
        if self._size is not None and self._done != self._size:
            raise self._wrong_size(str(self._done))

    def _begin(self) -> None:
        """Take up what an earlier run left."""
        self._state = hashlib.new(self._algorithm)
        self._done = 0
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._part.touch()
        kept = self._part.stat().st_size
        self.resumed = self._is_marked = kept > 0
        if kept > (self._limit if self._size is None else self._size):
            self._drop()
        if self.resumed:
            self._rehash()

    def _rehash(self) -> None:
        with self._part.open("rb") as file:
            while chunk := file.read(READ):
                self._state.update(chunk)
                self._done += len(chunk)
        self._on_bytes(self._done)

    def _drop(self) -> None:
        self._on_bytes(-self._done)
        self._part.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)
        self._origins = ""
        self._state = hashlib.new(self._algorithm)
        self._done = 0
        self.resumed = False

    def _go_on(self) -> None:
        accept = (200, 206, 416) if self._done else (200,)
        with self._transport.request("GET", self._url, headers=self._range(), accept=accept) as response:
            if response.status_code == 416:
                self._at_end(response)
                return
            if response.status_code == 200 and self._done:
                self._drop()
            if response.status_code == 206 and not self._follows(response):
                self._drop()
                raise Transient("the server sent another range than asked for")
            self._check_length(response)
            self._remember(response)
            self._write(response)

    def _range(self) -> dict[str, str]:
        """The range that lacks, on the condition that the file is still the same (RFC 9110, 13.1.5).

        What another mirror began is gone on with unconditionally where the digest will tell whether the two fit; where
        none is known, only the same server can say so.
        """
        same = self._validator()
        if self._done and not same and self._size is None:
            self._drop()
        if not self._done:
            return {}
        self.resumed = self.resumed or not same
        return {"Range": f"bytes={self._done}-", **({"If-Range": same} if same else {})}

    def _validator(self) -> str:
        """What the server called the file that the partial file begins; empty: nothing, or it was another server."""
        if not self._origins and self._mark.exists():
            self._origins = self._mark.read_text(encoding="latin-1")
        origin, _, same = self._origins.partition("\n")
        return same if origin == self._origin() else ""

    def _origin(self) -> str:
        return shown(self._transport.mirrors.url(self._url))

    def _at_end(self, response: requests.Response) -> None:
        """No byte lies behind what we have: then that is all, or it is of another file."""
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        if total.isdigit() and int(total) == self._done:
            return
        self._drop()
        raise Transient("the server has less than an earlier run got")

    def _follows(self, response: requests.Response) -> bool:
        match = _RANGE.match(response.headers.get("Content-Range", ""))
        return match is not None and int(match[1]) == self._done

    def _check_length(self, response: requests.Response) -> None:
        """Refuse a body of the wrong size before it is read."""
        length = response.headers.get("Content-Length", "")
        if not length.isdigit():
            return
        whole = self._done + int(length)
        if self._size is not None and whole != self._size:
            raise self._wrong_size(str(whole))
        if whole > self._limit:
            raise too_long(self._url, self._limit)

    def _remember(self, response: requests.Response) -> None:
        """Note what is fetched from where; for later runs only where these would fetch much in vain otherwise."""
        etag = response.headers.get("ETag", "")
        same = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
        self._origins = f"{self._origin()}\n{same}"
        if self._size is None or self._size > _LITTLE:
            self._is_marked = True
            self._mark.write_text(self._origins, encoding="latin-1", errors="replace")

    def _write(self, response: requests.Response) -> None:
        body = self._transport.body(self._url, response)
        with atomic.disk_errors(self._part), self._part.open("ab", buffering=0) as file:
            # as it comes, so that a cut run keeps all that came
            while chunk := body.piece(self._room()):
                _write_all(file, chunk)
                self._state.update(chunk)
                self._done += len(chunk)
                self._on_bytes(len(chunk))
                self._check_cap()
        if self._size is not None and self._done < self._size:
            raise Transient(f"the connection was closed {self._size - self._done} bytes too early")

    def _room(self) -> int:
        """Bytes that may come at the most: all that lack, and one that shows that the body is too long."""
        return (self._limit if self._size is None else self._size) - self._done + 1

    def _check_cap(self) -> None:
        if self._size is not None and self._done > self._size:
            raise self._wrong_size("more")
        if self._done > self._limit:
            self._drop()
            raise too_long(self._url, self._limit)

    def _wrong_size(self, found: str) -> Exception:
        self._drop()
        return other_size(self._url, self._size or 0, found)


def _write_all(file: RawIOBase, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part, and says so only by its count (write(2))."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def verify_digest(transfer: Transfer, url: str, expected: Digest) -> None:
    """Compare what was fetched with the lock; what an earlier run began gets a second chance from its start.

    Raises:
        VerificationError: other bytes than locked.
    """
    if transfer.digest != expected and transfer.resumed:
        transfer.restart()
    if transfer.digest != expected:
        raise other_bytes(url, expected, transfer.digest)
