"""What the connections of one run have in common, against real servers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.traffic import Traffic
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError
from airlock_core.progress import Notice
from tests.standin.fixtures import SMALL
from tests.standin.upstream import Upstream, files
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = pytest.mark.integration

PATH = "/small/files/blob.bin"
URL = f"http://standin.test{PATH}"
BODY = (SMALL / "files" / "blob.bin").read_bytes()
DIGEST = Digest.sha256(BODY)


@contextmanager
def client(upstream: Upstream, traffic: Traffic, **options: float) -> Iterator[HttpClient]:
    with HttpClient(Mirrors(upstream.mirrors), traffic, pause=0.01, **options) as http:  # type: ignore[arg-type]
        yield http


@pytest.fixture
def other(tmp_path: Path) -> Iterator[FaultyServer]:
    """Another mirror: the same bytes, under an etag of its own."""
    copy = tmp_path / "blob.bin"
    copy.write_bytes(BODY)
    with serve(files.source({PATH: copy})) as server:
        yield server


def download(http: HttpClient, part: Path, url: str = URL) -> None:
    http.download(url, part, size=len(BODY), digest=DIGEST)
    assert part.read_bytes() == BODY


def ranges(server: FaultyServer) -> list[str | None]:
    return [request.range for request in server.log.all()]


def test_one_connection_serves_request_after_request(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    for number in range(20):
        download(http, tmp_path / str(number))
        http.get_range(URL, 100, 50)
        http.get(URL, limit=1 << 20)
        http.head(URL)
        http.get_if_changed(URL, limit=10, last_modified=http.head(URL).last_modified)
        with pytest.raises(UpstreamError):
            http.get(URL + "/none", limit=10)
    assert upstream.file_server.log.connections == 1


def test_many_at_once_open_as_many_connections_as_a_host_may_have(upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.slow(PATH, seconds=0.01, chunk=20_000)
    with client(upstream, Traffic(per_host=3)) as http, ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: download(http, tmp_path / str(number)), range(36)))
    assert upstream.file_server.log.most_open == 3
    assert upstream.file_server.log.connections == 3


def test_one_host_that_hangs_does_not_keep_another_from_answering(
    upstream: Upstream, other: FaultyServer, tmp_path: Path
) -> None:
    upstream.faults.mute(PATH, seconds=20)
    traffic = Traffic(per_host=2)
    with client(upstream, traffic) as http, ThreadPoolExecutor(8) as pool:
        hanging = [pool.submit(download, http, tmp_path / f"h{number}") for number in range(4)]
        download(http, tmp_path / "part", f"http://{other.address}{PATH}")
        http.cancel()
        assert all(isinstance(one.exception(), UpstreamError) for one in hanging)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("dated", [False, True])
def test_a_server_that_asks_for_a_pause_gets_it(status: int, dated: bool, upstream: Upstream, tmp_path: Path) -> None:
    asked = formatdate(time.time() + 2, usegmt=True) if dated else "1"
    upstream.faults.status(PATH, status, headers={"Retry-After": asked}, times=1)
    told: list[Notice] = []
    with client(upstream, Traffic(tell=told.append)) as http:
        download(http, tmp_path / "part")
    assert [notice.subject for notice in told] == [URL]
    assert told[0].text.startswith(f"status {status}; again in {'' if dated else '1.0'}")
    assert told[0].text.endswith("attempt 2 of 4")


class Counting(Traffic):
    """Notes how long it should wait, and does not."""

    def __init__(self, rate: int) -> None:
        super().__init__(rate=rate)
        self.pauses = [0.0]

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_a_limited_rate_counts_every_byte_of_all_connections(upstream: Upstream, tmp_path: Path) -> None:
    traffic = Counting(rate=100)
    with client(upstream, traffic) as http, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: download(http, tmp_path / str(number)), range(4)))
        http.get(URL, limit=1 << 20)
        http.get_range(URL, 0, 1000)
        http.download_unlocked(URL, tmp_path / "unlocked")
    assert max(traffic.pauses) == pytest.approx((6 * len(BODY) + 1000) / 100, rel=0.1)
    assert traffic.piece < 2000, "and in small pieces, so that all get some"


def test_a_server_that_asks_for_too_long_a_pause_is_given_up_at_once(http: HttpClient, upstream: Upstream) -> None:
    upstream.faults.status(PATH, 503, headers={"Retry-After": "3600"})
    with pytest.raises(UpstreamError, match="it asks to come back in 3600 s"):
        http.get(URL, limit=10)
    assert len(upstream.requests) == 1


def test_a_stalled_connection_is_given_up_and_gone_on_with(upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.stall(PATH, after=1000, seconds=20, times=1)
    told: list[Notice] = []
    with client(upstream, Traffic(stall=0.2, tell=told.append)) as http:
        download(http, tmp_path / "part")
    assert ranges(upstream.file_server) == [None, "bytes=1000-"]
    assert told[0].text.startswith("no answer in time; again in")


def test_a_connection_that_crawls_is_given_up_and_gone_on_with(upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.slow(PATH, seconds=0.06, chunk=1, times=1)
    told: list[Notice] = []
    with client(upstream, Traffic(stall=0.3, tell=told.append)) as http:
        download(http, tmp_path / "part")
    assert len(ranges(upstream.file_server)) == 2
    assert told[0].text.startswith("fewer than 1000 bytes a second")


def test_what_one_mirror_began_another_goes_on_with(upstream: Upstream, other: FaultyServer, tmp_path: Path) -> None:
    upstream.faults.cut(PATH, after=1000)
    with client(upstream, Traffic(), attempts=1) as http:
        with pytest.raises(UpstreamError):
            download(http, tmp_path / "part")
        download(http, tmp_path / "part", f"http://{other.address}{PATH}")
    assert ranges(other) == ["bytes=1000-"]


def test_two_mirrors_that_differ_do_not_make_one_file(upstream: Upstream, other: FaultyServer, tmp_path: Path) -> None:
    upstream.faults.cut(PATH, after=1000)
    upstream.faults.flip(PATH, offset=10)
    with client(upstream, Traffic(), attempts=1) as http:
        with pytest.raises(UpstreamError):
            download(http, tmp_path / "part")
        download(http, tmp_path / "part", f"http://{other.address}{PATH}")
    assert ranges(other) == ["bytes=1000-", None]


def test_what_no_lock_knows_is_not_put_together_from_two_servers(
    upstream: Upstream, other: FaultyServer, tmp_path: Path
) -> None:
    upstream.faults.cut(PATH, after=1000)
    with client(upstream, Traffic(), attempts=1) as http:
        with pytest.raises(UpstreamError):
            http.download_unlocked(URL, tmp_path / "part")
        assert http.download_unlocked(f"http://{other.address}{PATH}", tmp_path / "part") == (DIGEST, len(BODY))
    assert ranges(other) == [None]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(
    http: HttpClient, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.faults.cut(PATH, after=1000, times=1)
    upstream.faults.header(PATH, "ETag", '"before"', times=1)
    download(http, tmp_path / "part")
    sent = [request.sent for request in upstream.requests]
    assert sent == [1000, len(BODY)]


def test_a_server_without_ranges_sends_the_whole_again(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.replace(PATH, BODY, times=2)
    upstream.faults.cut(PATH, after=1000, times=1)
    download(http, tmp_path / "part")
    assert [request.sent for request in upstream.requests] == [1000, len(BODY)]


@pytest.mark.parametrize("kind", ["mute", "stall"])
def test_a_cancelled_run_waits_for_no_answer(kind: str, http: HttpClient, upstream: Upstream) -> None:
    if kind == "mute":
        upstream.faults.mute(PATH, seconds=20)
    else:
        upstream.faults.stall(PATH, after=10, seconds=20)
    timer = threading.Timer(0.3, http.cancel)
    timer.start()
    with pytest.raises(UpstreamError, match="cancelled"):
        http.get(URL, limit=1 << 20)
    timer.join()
    assert not upstream.file_server.log.all(within=0)[0].sent > 10, "it did not wait for the answer"


def test_a_handshake_that_is_cut_is_tried_again_and_not_blamed_on_a_certificate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def close_two() -> None:
            for _ in range(2):
                with server.accept()[0] as connection:
                    connection.recv(10)

        thread = threading.Thread(target=close_two)
        thread.start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with HttpClient(attempts=2, pause=0.01) as http, pytest.raises(UpstreamError) as caught:
            http.get(f"https://{address}/", limit=10)
        thread.join()
    assert "after 2 attempts" in caught.value.why
    assert "certificate" not in str(caught.value)


def test_a_server_that_hears_and_hangs_up_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear_and_close() -> None:
            with server.accept()[0] as connection:
                connection.recv(1 << 16)

        thread = threading.Thread(target=hear_and_close)
        thread.start()
        with HttpClient(attempts=1) as http, pytest.raises(UpstreamError) as caught:
            http.get(f"http://127.0.0.1:{server.getsockname()[1]}/", limit=10)
        thread.join()
    assert caught.value.why == "the server closed the connection without an answer"
