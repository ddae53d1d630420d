"""A registry in memory that goes on with uploads where they were cut, as the distribution specification has it.

CNCF's own gives an upload up that was cut within a piece; others do not, and some send clients elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PIECE = 4096


@dataclass
class Uploads:
    """What a running one holds, and how it behaves.

    Args:
        cuts: how many bytes of each of the next bodies are taken before the connection is closed.
        elsewhere: what begins the URL that uploads are sent to; empty: its own.
        redirect: where requests that write are redirected to; empty: nowhere.
        answers: statuses for the next requests that write, in place of what would come.
        asked: ``METHOD range`` of every request that wrote or asked after a session.
        heard: the ``Authorization`` of every request.
    """

    address: str = ""
    cuts: list[int] = field(default_factory=list)
    elsewhere: str = ""
    redirect: str = ""
    answers: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    heard: list[str | None] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    sessions: dict[str, bytearray] = field(default_factory=dict)


@contextmanager
def serve() -> Iterator[Uploads]:
    """Run one on loopback, without TLS, while the block runs."""
    state = Uploads()

    class Handler(_Handler):
        uploads = state

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.address = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    uploads: Uploads
    protocol_version = "HTTP/1.1"
    timeout = 20.0
    disable_nagle_algorithm = True

    def do_HEAD(self) -> None:
        self._known(with_body=False)

    def do_GET(self) -> None:
        name = self._last()
        if name in self.uploads.sessions:
            self._note("GET")
            self._answer(204, headers=self._session(name))
        else:
            self._known(with_body=True)

    def do_POST(self) -> None:
        if self._is_turned_away():
            return
        name = str(uuid.uuid4())
        self.uploads.sessions[name] = bytearray()
        self._note("POST")
        self._answer(202, headers=self._session(name))

    def do_PATCH(self) -> None:
        if self._is_turned_away():
            return
        name = self._last()
        self._note(f"PATCH {self.headers['Content-Range']}")
        held = self.uploads.sessions[name]
        if int(self.headers["Content-Range"].partition("-")[0]) != len(held):
            self._answer(416, headers=self._session(name))
        elif self._take(held):
            self._answer(202, headers=self._session(name))

    def do_PUT(self) -> None:
        if "/manifests/" in self.path:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self.uploads.manifests[self._last()] = raw
            self._answer(201)
            return
        if self._is_turned_away():
            return
        name = self._last()
        self._note("PUT")
        held = self.uploads.sessions[name]
        if not self._take(held):
            return
        (digest,) = parse_qs(urlsplit(self.path).query)["digest"]
        if digest != f"sha256:{hashlib.sha256(held).hexdigest()}":
            self._answer(400, b'{"errors": [{"code": "DIGEST_INVALID", "message": "not these bytes"}]}')
            return
        self.uploads.blobs[digest] = bytes(self.uploads.sessions.pop(name))
        self._answer(201)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def _known(self, *, with_body: bool) -> None:
        self.uploads.heard.append(self.headers["Authorization"])
        found = self.uploads.blobs.get(self._last()) or self.uploads.manifests.get(self._last())
        if found is None:
            self._answer(404, b"", with_body=with_body)
        else:
            self._answer(200, found, with_body=with_body)

    def _take(self, held: bytearray) -> bool:
        """Take a body in, as far as it comes; whether it is whole."""
        left = int(self.headers["Content-Length"])
        budget = self.uploads.cuts.pop(0) if left and self.uploads.cuts else left
        while left and budget and (piece := self.rfile.read(min(_PIECE, left, budget))):
            held += piece
            left -= len(piece)
            budget -= len(piece)
        self.close_connection = left > 0
        return not left

    def _is_turned_away(self) -> bool:
        self.uploads.heard.append(self.headers["Authorization"])
        status = self.uploads.answers.pop(0) if self.uploads.answers else 0
        if not status and not self.uploads.redirect:
            return False
        self.close_connection = True
        more = {"Location": f"{self.uploads.redirect}{self.path}"} if self.uploads.redirect else {}
        self._answer(
            status or 307, json.dumps({"errors": [{"code": "DENIED", "message": "no"}]}).encode(), headers=more
        )
        return True

    def _session(self, name: str) -> dict[str, str]:
        """Where it goes on, and how far it is."""
        place = f"{self.uploads.elsewhere}/v2/uploads/{name}?state={len(self.uploads.sessions[name])}"
        return {"Location": place, "Range": f"0-{max(0, len(self.uploads.sessions[name]) - 1)}"}

    def _answer(
        self, status: int, body: bytes = b"", *, headers: Mapping[str, str] | None = None, with_body: bool = True
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _last(self) -> str:
        return urlsplit(self.path).path.rpartition("/")[2]

    def _note(self, text: str) -> None:
        self.uploads.asked.append(text)
