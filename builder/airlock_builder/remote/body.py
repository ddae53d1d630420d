"""The body of one answer, piece by piece: at the run's pace, and given up where it hardly comes."""

from __future__ import annotations

import time

import requests

from airlock_builder.remote.failures import Transient
from airlock_builder.remote.patience import SLOWEST, Crawl
from airlock_builder.remote.traffic import Traffic


class Body:
    """Reads an answer's body as it stands on the wire: nothing is decoded.

    Some servers call a .tar.gz ``Content-Encoding: gzip``, and who asks for it means the file.
    """

    def __init__(self, response: requests.Response, url: str, traffic: Traffic) -> None:
        self._raw = response.raw
        self._url = url
        self._traffic = traffic
        self._crawl = Crawl(span=traffic.stall)

    def piece(self, most: int) -> bytes:
        """What has come, up to ``most`` bytes; empty at the end.

        Raises:
            Transient: it comes too slowly.
            UpstreamError: the run was cancelled.
        """
        begin = time.monotonic()
        chunk: bytes = self._raw.read1(min(most, self._traffic.piece), decode_content=False)
        waited = time.monotonic() - begin
        self._traffic.check_cancelled(self._url)
        if chunk and self._crawl.came(len(chunk), waited=waited):
            raise Transient(f"fewer than {SLOWEST} bytes a second came for {self._traffic.stall:.0f} s")
        self._traffic.came(len(chunk))
        return chunk

    def upto(self, limit: int) -> bytes:
        """The body up to ``limit`` bytes; what would follow is not read."""
        body = bytearray()
        while len(body) < limit and (chunk := self.piece(limit - len(body))):
            body += chunk
        return bytes(body)
