"""A file server on loopback that logs what it is asked and can be told to misbehave."""

import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.standin.upstream.faults import Faults
from tests.standin.upstream.reply import NO_ANSWER, Conditions, Reply, of_file, short
from tests.standin.upstream.requests import Request, RequestLog

IDLE_SECONDS = 60.0


class FileServer(ThreadingHTTPServer):
    """Serves folders and files at URL prefixes, on a free port of 127.0.0.1. The longest prefix wins."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, routes: Mapping[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes = dict(routes)
        self.faults = Faults()
        self.log = RequestLog()
        self._connections: set[socket.socket] = set()

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to close it when the server stops."""
        self._connections.add(request)
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

    def answer(self, method: str, url: str, asked: Conditions) -> Reply:
        """Return the answer to one request, with the faults of its path."""
        path = unquote(urlsplit(url).path)
        return self.faults.apply(method, path, self._plain_answer(path, asked))

    def _plain_answer(self, path: str, asked: Conditions) -> Reply:
        file = locate(self.routes, path)
        if file is None:
            return short(404, f"nothing at {path}")
        if not file.is_dir():
            return of_file(file, asked)
        if not path.endswith("/"):
            return short(301, "a folder", {"Location": f"{path}/"})
        index = file / "index.html"  # a folder is no listing; a package index (PEP 503) has pages of its own
        return of_file(index, asked) if index.is_file() else short(404, f"no index at {path}")


@contextmanager
def serve(routes: Mapping[str, Path]) -> Iterator[FileServer]:
    """Serve ``routes`` (URL prefix to folder or file) while the block runs."""
    with FileServer(routes) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.faults.stop()
            server.shutdown()
            server.close_connections()
            thread.join()


def locate(routes: Mapping[str, Path], path: str) -> Path | None:
    """Return the file or folder that a URL path names, None when there is none or it would leave its route."""
    for prefix in sorted(routes, key=len, reverse=True):
        root, rest = prefix.rstrip("/"), ""
        if path != root:
            if not path.startswith(f"{root}/"):
                continue
            rest = path.removeprefix(f"{root}/")
        if ".." in rest.split("/"):
            return None
        found = routes[prefix] / rest if rest else routes[prefix]
        if found.exists():
            return found
    return None


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"
    server_version = "standin"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: the request log has it."""

    def _answer(self) -> None:
        with self.server.log.entry(self.command, unquote(urlsplit(self.path).path), self.headers["Range"]) as entry:
            reply = self.server.answer(self.command, self.path, self._conditions())
            entry.status = reply.status
            self.close_connection = self.close_connection or reply.close
            try:
                self._send(reply, entry)
            except (ConnectionError, TimeoutError):
                self.close_connection = True  # the client went away, as it may when it saw enough

    def _conditions(self) -> Conditions:
        headers = self.headers
        return Conditions(
            headers["Range"], headers["If-Range"], headers["If-None-Match"], headers["If-Modified-Since"])

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
