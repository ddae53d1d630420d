"""An HTTP server on loopback that logs what it is asked and can be told to misbehave; a source gives its answers."""

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.standin.upstream.faults import Faults
from tests.standin.upstream.reply import NO_ANSWER, Asked, Reply, Source
from tests.standin.upstream.requests import Request, RequestLog

IDLE_SECONDS = 60.0


class FaultyServer(ThreadingHTTPServer):
    """Answers GET, HEAD and POST from ``source``, with ``faults`` in the answers, on a free port of 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, source: Source, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.faults = Faults()
        self.log = RequestLog()
        self._source = source
        self._connections: set[socket.socket] = set()

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.server_port}"

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to one request, with the faults of its path."""
        return self.faults.apply(asked.method, asked.path, self._source(asked))

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to close it when the server stops."""
        self._connections.add(request)
        self.log.connected()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection: it is over."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error in a handler, but not a client that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Close what is still open, so that a client with a kept connection notices that the server is gone."""
        for connection in list(self._connections):
            with suppress(OSError):  # closed by its own thread in the meantime
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve(source: Source, tls: ssl.SSLContext | None = None) -> Iterator[FaultyServer]:
    """Run a server while the block runs; with ``tls`` it speaks HTTPS."""
    with FaultyServer(source, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.faults.stop()
            server.shutdown()
            server.close_connections()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FaultyServer
    protocol_version = "HTTP/1.1"
    server_version = "standin"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # else a small body waits 40 ms for the acknowledgement of its head

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: the request log has it."""

    def _answer(self, body: bytes = b"") -> None:
        asked = Asked(self.command, self.path, self.headers, body)
        with self.server.log.entry(asked.method, asked.path, self.headers["Range"]) as entry:
            reply = self.server.answer(asked)
            entry.status = reply.status
            self.close_connection = self.close_connection or reply.close
            try:
                self._send(reply, entry)
            except (ConnectionError, TimeoutError):
                self.close_connection = True  # the client went away, as it may when it saw enough

    def _send(self, reply: Reply, entry: Request) -> None:
        if reply.status == NO_ANSWER:
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.close:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        for chunk in reply.body:
            self.wfile.write(chunk)
            entry.sent += len(chunk)
