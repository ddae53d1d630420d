"""What tests may rely on in the stand-in's file server."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path

import pytest

from tests.standin.fixtures import SMALL
from tests.standin.upstream import files, routes
from tests.standin.upstream.requests import Request
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = pytest.mark.integration

BLOB = "/small/files/blob.bin"
DATA = (SMALL / "files" / "blob.bin").read_bytes()


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serve(files.source({"/small/": SMALL})) as running:
        yield running


def test_a_file_is_served_with_its_size_and_a_validator(server: FaultyServer) -> None:
    status, headers, body = get(server, BLOB)
    assert (status, body, headers["Content-Length"]) == (200, DATA, str(len(DATA)))
    assert headers["ETag"]


def test_head_has_the_headers_of_get_and_no_body(server: FaultyServer) -> None:
    status, headers, body = get(server, BLOB, method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(DATA)), b"")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", DATA[:1]),
        ("bytes=10-19", DATA[10:20]),
        ("bytes=2990-", DATA[2990:]),
        ("bytes=2990-9999", DATA[2990:]),
        ("bytes=-7", DATA[-7:]),
    ],
    ids=["first byte", "middle", "open end", "end behind the file's", "suffix"],
)
def test_a_range_gives_206_and_that_part(server: FaultyServer, asked: str, part: bytes) -> None:
    status, headers, body = get(server, BLOB, {"Range": asked})
    start = DATA.index(part)
    assert (status, body) == (206, part)
    assert headers["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{len(DATA)}"


def test_a_range_behind_the_end_gives_416(server: FaultyServer) -> None:
    status, headers, _ = get(server, BLOB, {"Range": f"bytes={len(DATA)}-"})
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "lines=1-2", "bytes=0-1,4-5", "bytes=-"])
def test_a_range_without_sense_gives_the_whole_file(server: FaultyServer, asked: str) -> None:
    assert get(server, BLOB, {"Range": asked})[0::2] == (200, DATA)


def test_a_range_of_a_changed_file_gives_the_whole_file(server: FaultyServer) -> None:
    etag = get(server, BLOB)[1]["ETag"]
    assert get(server, BLOB, {"Range": "bytes=9-", "If-Range": etag})[0] == 206
    assert get(server, BLOB, {"Range": "bytes=9-", "If-Range": '"another"'})[0] == 200


def test_a_known_file_gives_304(server: FaultyServer) -> None:
    headers = get(server, BLOB)[1]
    assert get(server, BLOB, {"If-None-Match": headers["ETag"]})[0] == 304
    assert get(server, BLOB, {"If-Modified-Since": headers["Last-Modified"]})[0] == 304
    assert get(server, BLOB, {"If-None-Match": '"another"', "If-Modified-Since": headers["Last-Modified"]})[0] == 200


@pytest.mark.parametrize("path", ["/", "/small/files/", "/small/none", "/elsewhere", "/small/../upstream/files.py"])
def test_what_is_not_there_gives_404(server: FaultyServer, path: str) -> None:
    assert get(server, path)[0] == 404


def test_a_folder_with_an_index_page_serves_it_at_its_slash(server: FaultyServer) -> None:
    page = SMALL / "pypi" / "simple" / "pebble-greet" / "index.html"
    assert get(server, "/small/pypi/simple/pebble-greet/")[2] == page.read_bytes()
    assert get(server, "/small/pypi/simple/pebble-greet")[1]["Location"] == "/small/pypi/simple/pebble-greet/"


def test_the_longest_prefix_wins(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("own")
    routes = {"/small/": SMALL, "/small/extra/": tmp_path, "/one": tmp_path / "own"}
    assert files.locate(routes, "/small/extra/own") == tmp_path / "own"
    assert files.locate(routes, "/small/files/blob.bin") == SMALL / "files" / "blob.bin"
    assert files.locate(routes, "/one") == tmp_path / "own"


def test_the_log_says_what_was_asked_and_sent(server: FaultyServer) -> None:
    get(server, BLOB, {"Range": "bytes=0-9"})
    get(server, "/none", method="HEAD")
    assert server.log.all() == [Request("GET", BLOB, "bytes=0-9", 206, 10), Request("HEAD", "/none", None, 404, 0)]


def test_a_status_is_given_as_often_as_asked(server: FaultyServer) -> None:
    server.faults.status("/small/files/*", 503, times=2)
    assert [get(server, BLOB)[0] for _ in range(3)] == [503, 503, 200]


def test_a_redirection_names_its_target(server: FaultyServer) -> None:
    server.faults.redirect("/old", BLOB)
    status, headers, _ = get(server, "/old")
    assert (status, headers["Location"]) == (302, BLOB)


def test_a_cut_body_ends_early_and_the_rest_comes_by_range(server: FaultyServer) -> None:
    server.faults.cut(BLOB, after=1000, times=1)
    with pytest.raises(IncompleteRead) as cut:
        get(server, BLOB)
    assert cut.value.partial + get(server, BLOB, {"Range": "bytes=1000-"})[2] == DATA


def test_an_endless_body_goes_on_until_the_client_leaves(server: FaultyServer) -> None:
    server.faults.endless(BLOB)
    with answer_to(server, BLOB) as response:
        body = response.read(10**6)
    assert (response.getheader("Content-Length"), len(body), body[: len(DATA)]) == (None, 10**6, DATA)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=100-"}, {"Range": "bytes=1700-1703"}])
def test_a_flipped_bit_is_the_same_one_in_every_range(server: FaultyServer, headers: dict[str, str]) -> None:
    server.faults.flip(BLOB, offset=1702, bit=3)
    body = get(server, BLOB, headers)[2]
    start = int(headers.get("Range", "=0-").split("=")[1].split("-")[0])
    wrong = [start + i for i, byte in enumerate(body) if byte != DATA[start + i]]
    assert wrong == [1702]
    assert body[1702 - start] ^ DATA[1702] == 8


def test_a_claimed_length_is_not_the_bodys(server: FaultyServer) -> None:
    server.faults.length(BLOB, claims=len(DATA) + 1)
    with pytest.raises(IncompleteRead):
        get(server, BLOB)


def test_a_replaced_body_is_whole_and_another(server: FaultyServer) -> None:
    server.faults.replace(BLOB, b"other")
    assert get(server, BLOB, {"Range": "bytes=2-"})[0::2] == (200, b"other")


def test_a_dropped_request_has_no_answer(server: FaultyServer) -> None:
    server.faults.drop(BLOB, times=1)
    with pytest.raises(ConnectionError):
        get(server, BLOB)


def test_a_slow_body_arrives_whole(server: FaultyServer) -> None:
    server.faults.slow(BLOB, seconds=0.01, chunk=1000)
    assert get(server, BLOB)[2] == DATA


def test_a_stalled_body_does_not_hold_up_the_servers_end() -> None:
    with ExitStack() as client, serve(files.source({"/small/": SMALL})) as server:
        server.faults.stall(BLOB, after=10, seconds=600)
        response = client.enter_context(answer_to(server, BLOB))
        assert response.read(10) == DATA[:10]
        begin = time.monotonic()
    assert time.monotonic() - begin < 60


def test_faults_of_one_path_add_up_and_can_be_taken_back(server: FaultyServer) -> None:
    server.faults.flip(BLOB, offset=0)
    server.faults.cut(BLOB, after=1)
    with pytest.raises(IncompleteRead) as cut:
        get(server, BLOB)
    server.faults.clear()
    assert cut.value.partial == bytes([DATA[0] ^ 1])
    assert get(server, BLOB)[2] == DATA


def test_the_isos_checksum_stands_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRLOCK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "iso").write_bytes(DATA)
    line = (routes.checksum(tmp_path / "iso") / "CHECKSUM").read_text().splitlines()[1]
    assert line == f"SHA256 ({routes.ISO_NAME}) = {hashlib.sha256(DATA).hexdigest()}"


def test_the_committed_checksums_are_those_of_the_files() -> None:
    for line in (SMALL / "files" / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((SMALL / "files" / name).read_bytes()).hexdigest() == digest


def get(
    server: FaultyServer,
    path: str,
    headers: dict[str, str] | None = None,
    *,
    method: str = "GET",
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of one answer."""
    with answer_to(server, path, headers, method=method) as response:
        return response.status, dict(response.getheaders()), response.read()


@contextmanager
def answer_to(
    server: FaultyServer,
    path: str,
    headers: dict[str, str] | None = None,
    *,
    method: str = "GET",
) -> Iterator[HTTPResponse]:
    """Give an answer whose body is still to be read; its connection is closed with the block."""
    with closing(HTTPConnection(server.address, timeout=30)) as connection:
        connection.request(method, path, headers={"Connection": "close", **(headers or {})})
        with connection.getresponse() as response:
            yield response
