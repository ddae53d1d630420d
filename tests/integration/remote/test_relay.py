"""The proxy that keeps the rate of the programs that we run: curl, pip's requests and skopeo through it."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from airlock_builder.remote import skopeo
from airlock_builder.remote.index import PackageIndex, Target
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.relay import relaying
from airlock_builder.remote.skopeo import Location
from airlock_builder.remote.traffic import Traffic
from tests.standin.fixtures import SMALL
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

PATH = "/small/files/blob.bin"
BODY = (SMALL / "files" / "blob.bin").read_bytes()


class Counting(Traffic):
    """Counts the bytes that pass, and does not hold them up."""

    def __init__(self) -> None:
        super().__init__(rate=1 << 40)
        self.passed = 0

    def came(self, count: int) -> None:
        self.passed += count


@pytest.fixture
def traffic() -> Counting:
    return Counting()


@pytest.fixture
def relay(traffic: Counting, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with relaying(traffic) as url:
        yield url


def curl(relay: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["curl", "-sS", "-x", relay, "--noproxy", "", *words], capture_output=True, check=False)


def test_a_plain_request_passes_and_is_counted(relay: str, traffic: Counting, upstream: Upstream) -> None:
    assert curl(relay, f"http://{upstream.http}{PATH}").stdout == BODY
    assert len(BODY) < traffic.passed < len(BODY) + 1000
    assert curl(relay, "-r", "10-19", f"http://{upstream.http}{PATH}").stdout == BODY[10:20]


def test_a_tunnel_passes_and_is_counted(relay: str, traffic: Counting, upstream: Upstream) -> None:
    assert curl(relay, "--proxytunnel", f"http://{upstream.http}{PATH}").stdout == BODY
    assert traffic.passed > len(BODY)


def test_without_the_password_nothing_passes(relay: str, upstream: Upstream) -> None:
    bare = relay.replace(relay.split("//")[1].split("@")[0], "airlock:guess")
    told = curl(bare, "-o", "/dev/null", "-w", "%{http_code}", f"http://{upstream.http}{PATH}")
    assert told.stdout == b"407"
    assert not upstream.requests


def test_a_server_that_is_down_is_told(relay: str) -> None:
    told = curl(relay, "-i", "http://127.0.0.1:9/x")
    assert told.stdout.startswith(b"HTTP/1.1 502 Connection refused")


@pytest.mark.parametrize("text", ["nonsense", "GET /x HTTP/1.1", "GET ftp://a.test/x HTTP/1.1", "CONNECT : HTTP/1.1"])
def test_what_is_no_request_is_refused(text: str, relay: str) -> None:
    secret, _, address = relay.removeprefix("http://").partition("@")
    host, _, port = address.partition(":")
    token = base64.b64encode(secret.encode()).decode()
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(f"{text}\r\nProxy-Authorization: Basic {token}\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 400")


@contextmanager
def company(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that says the same to everybody; its address, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        asked.append(connection.recv(4096))
                        connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_it_asks_by_the_proxy_of_the_environment(
    relay: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi") as (address, asked):
        monkeypatch.setenv("http_proxy", f"http://me:p%40ss@{address}")
        monkeypatch.setenv("https_proxy", address)
        assert curl(relay, "http://nowhere.invalid/x?y").stdout == b"hi"
        head = asked[0].decode().splitlines()
        assert head[0] == "GET http://nowhere.invalid/x?y HTTP/1.1"
        assert f"Proxy-Authorization: Basic {base64.b64encode(b'me:p@ss').decode()}" in head
        assert sum("airlock" in line for line in head) == 0
        curl(relay, "--proxytunnel", "http://nowhere.invalid/x")
        assert asked[1].startswith(b"CONNECT nowhere.invalid:80 HTTP/1.1\r\n")
        assert curl(relay, f"http://{upstream.http}{PATH}").stdout == BODY, "loopback is asked directly"
        monkeypatch.setenv("no_proxy", "nowhere.invalid")
        assert b"502" in curl(relay, "-i", "http://nowhere.invalid/x").stdout
        assert len(asked) == 2


def test_a_proxy_of_the_environment_that_refuses_is_told(relay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with company(b"HTTP/1.1 403 Forbidden\r\n\r\n") as (address, _):
        monkeypatch.setenv("https_proxy", address)
        told = curl(relay, "--proxytunnel", "http://nowhere.invalid/x").stderr
        assert b"response 502" in told
        monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
        told = curl(relay, "-i", "http://nowhere.invalid/x").stdout
        assert told.startswith(b"HTTP/1.1 502 a proxy of this kind cannot be limited: socks5")


@contextmanager
def named(upstream: Upstream) -> Iterator[str]:
    """An address that Go does not take for loopback, which it would not ask by a proxy: this machine's own name."""
    host = socket.gethostname()
    with suppress(OSError):
        if socket.gethostbyname(host).startswith("127."):
            yield f"{host}:{upstream.registry.partition(':')[2]}"
            return
    pytest.skip("this machine's name does not lead to loopback, where the registry listens")


def test_skopeo_asks_by_it(relay: str, traffic: Counting, upstream: Upstream, tmp_path: Path) -> None:
    with named(upstream) as address:
        where = [Location("registry.standin.test", address, insecure=True, proxy=relay)]
        image = "registry.standin.test/demo/web:1.0"
        skopeo.copy(image, where, layout=tmp_path / "layout", blobs=tmp_path / "blobs")
    size = sum(path.stat().st_size for path in (tmp_path / "blobs").rglob("*") if path.is_file())
    assert traffic.passed > size


def test_certificates_are_between_the_program_and_its_server(relay: str, traffic: Counting, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1000)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"https://localhost:{server.getsockname()[1]}/"
        assert b"certificate" in curl(relay, url).stderr
        assert curl(relay, "--cacert", str(certificate), url).stdout == b"hi"
        thread.join()
    assert traffic.passed


def test_pip_asks_by_it(relay: str, traffic: Counting, upstream: Upstream, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pebble-greet\n")
    index = PackageIndex(Mirrors(upstream.mirrors), proxy=relay)
    wheels = index.resolve([requirements], Target("3.11", 8, "x86_64"), "http://standin.test/small/pypi/simple")
    assert [wheel.filename for wheel in wheels] == ["pebble_greet-1.0.0-py3-none-any.whl"]
    assert traffic.passed > 1000
