"""A forwarding HTTP proxy on loopback, which knows where hosts are that exist nowhere else."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SECONDS = 20.0
_CHUNK = 64 << 10
_OF_ONE_CONNECTION = ("connection", "proxy-connection", "proxy-authorization", "keep-alive", "transfer-encoding")


class Proxy(ThreadingHTTPServer):
    """Forwards what is asked of it.

    Args:
        hosts: ``host`` or ``host:port`` to where it is.
        wanted: the ``Proxy-Authorization`` that it insists on; None: none.
    """

    daemon_threads = True

    def __init__(self, hosts: Mapping[str, str], wanted: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hosts = dict(hosts)
        self.wanted = wanted
        self.seen: list[str] = []

    @property
    def url(self) -> str:
        """How clients name it."""
        return f"http://127.0.0.1:{self.server_port}"

    def place(self, netloc: str) -> tuple[str, int]:
        """Where a host is."""
        found = self.hosts.get(netloc) or self.hosts.get(netloc.rpartition(":")[0]) or netloc
        host, _, port = found.partition(":")
        return host, int(port or 80)


@contextmanager
def serve(hosts: Mapping[str, str], wanted: str | None = None) -> Iterator[Proxy]:
    """Run a proxy while the block runs."""
    with Proxy(hosts, wanted) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def do_GET(self) -> None:
        if self._may_pass():
            self._forward()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_CONNECT(self) -> None:
        if self._may_pass():
            self._tunnel()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: ``seen`` has it."""

    def _may_pass(self) -> bool:
        self.server.seen.append(f"{self.command} {self.path}")
        said = self.headers.get("Proxy-Authorization")
        if self.server.wanted is None or said == self.server.wanted:
            return True
        self.close_connection = True
        self.send_response(407, f"not {said}")
        self.send_header("Proxy-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _forward(self) -> None:
        parts = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        with closing(HTTPConnection(*self.server.place(parts.netloc), timeout=SECONDS)) as upstream:
            upstream.request(self.command, parts._replace(scheme="", netloc="").geturl(), headers=headers)
            answer = upstream.getresponse()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in (*_OF_ONE_CONNECTION, "date", "server"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.close_connection = True
            self.end_headers()
            while chunk := answer.read(_CHUNK):
                self.wfile.write(chunk)

    def _tunnel(self) -> None:
        with socket.create_connection(self.server.place(self.path), timeout=SECONDS) as upstream:
            self.send_response(200, "Connected")
            self.end_headers()
            self.close_connection = True
            pairs = {self.connection: upstream, upstream: self.connection}
            with suppress(ConnectionError, TimeoutError):
                while ready := select.select(list(pairs), [], [], SECONDS)[0]:
                    for one in ready:
                        data = one.recv(_CHUNK)
                        if not data:
                            return
                        pairs[one].sendall(data)
