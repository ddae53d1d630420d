"""The HTTP client against the stand-in and its faults."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from airlock_builder.remote.http import HttpClient, StatusError
from airlock_builder.remote.mirrors import Mirrors
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError
from tests.standin.fixtures import SMALL
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

PATH = "/small/files/blob.bin"
URL = f"http://standin.test{PATH}"
BODY = (SMALL / "files" / "blob.bin").read_bytes()
DIGEST = Digest.sha256(BODY)


def download(http: HttpClient, part: Path, *, size: int = len(BODY), digest: Digest = DIGEST) -> None:
    http.download(URL, part, size=size, digest=digest)


def gets(upstream: Upstream) -> list[str | None]:
    return [request.range for request in upstream.requests if request.method == "GET"]


def test_a_document_comes_from_the_mirror_of_its_host(http: HttpClient) -> None:
    assert http.get(URL, limit=1 << 20).body == BODY


def test_an_unchanged_document_is_not_sent_again(http: HttpClient) -> None:
    first = http.get(URL, limit=1 << 20)
    assert http.get_if_changed(URL, limit=1 << 20, etag=first.etag) is None
    assert http.get_if_changed(URL, limit=1 << 20, etag='"another"') == first


def test_a_document_longer_than_its_limit_is_refused(http: HttpClient, upstream: Upstream) -> None:
    upstream.faults.endless(PATH)
    with pytest.raises(UpstreamError, match="longer than 5000 bytes"):
        http.get(URL, limit=5000)


def test_a_range_is_exact_also_from_a_server_that_knows_none(http: HttpClient, upstream: Upstream) -> None:
    assert http.get_range(URL, 100, 50) == BODY[100:150]
    upstream.faults.replace(PATH, BODY)
    assert http.get_range(URL, 100, 50) == BODY[100:150]


def test_a_range_behind_the_end_is_empty(http: HttpClient) -> None:
    assert http.get_range(URL, len(BODY) + 1, 5) == b""


def test_a_size_is_asked_for_without_the_body(http: HttpClient, upstream: Upstream) -> None:
    assert http.size(URL) == len(BODY)
    assert [request.method for request in upstream.requests] == ["HEAD"]


def test_a_size_is_found_on_servers_that_refuse_to_give_heads(http: HttpClient, upstream: Upstream) -> None:
    upstream.faults.status(PATH, 405, times=1)
    assert http.size(URL) == len(BODY)


def test_a_download_is_verified(http: HttpClient, tmp_path: Path) -> None:
    steps: list[int] = []
    http.download(URL, tmp_path / "part", size=len(BODY), digest=DIGEST, on_bytes=steps.append)
    assert (tmp_path / "part").read_bytes() == BODY
    assert sum(steps) == len(BODY)
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


def test_a_missing_file_is_named_and_not_asked_for_again(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.status(PATH, 404)
    with pytest.raises(StatusError) as caught:
        download(http, tmp_path / "part")
    assert caught.value.where == URL
    assert "404 Not Found" in caught.value.why
    assert upstream.http in caught.value.why
    assert len(upstream.requests) == 1


def test_a_server_error_is_tried_four_times(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.status(PATH, 500)
    with pytest.raises(StatusError, match="after 4 attempts"):
        download(http, tmp_path / "part")
    assert len(upstream.requests) == 4


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_error_is_got_over(status: int, http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.status(PATH, status, times=3)
    download(http, tmp_path / "part")


def test_a_dropped_connection_is_got_over(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.drop(PATH, times=2)
    download(http, tmp_path / "part")


@pytest.mark.parametrize("after", [0, 1, 1000, len(BODY) // 2, len(BODY) - 1])
def test_a_cut_body_is_gone_on_with(after: int, http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.cut(PATH, after=after, times=1)
    download(http, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY
    assert gets(upstream) == [None, f"bytes={after}-" if after else None]


def test_a_body_cut_anywhere_comes_whole(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    chance = random.Random(2)
    for number in range(25):
        upstream.faults.cut(PATH, after=chance.randrange(len(BODY)), times=1)
        upstream.faults.cut(PATH, after=chance.randrange(len(BODY)), times=2)
        download(http, tmp_path / str(number))
        upstream.faults.clear()
        assert (tmp_path / str(number)).read_bytes() == BODY


def test_a_run_goes_on_where_the_last_one_failed(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.cut(PATH, after=1000, times=1)
    upstream.faults.status(PATH, 503, times=4)
    with pytest.raises(UpstreamError):
        download(http, tmp_path / "part")
    upstream.faults.clear()
    upstream.faults.cut(PATH, after=1000, times=1)
    with pytest.raises(UpstreamError), HttpClient(http.mirrors, attempts=1) as impatient:
        download(impatient, tmp_path / "part")
    download(http, tmp_path / "part")
    assert gets(upstream)[-1] == "bytes=1000-"


def test_a_wrong_beginning_of_an_earlier_run_is_thrown_away(http: HttpClient, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x" * 500)
    download(http, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_longer_part_of_an_earlier_run_is_thrown_away(http: HttpClient, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(BODY + b"x")
    download(http, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_flipped_bit_is_told_with_both_digests_and_the_url(
    http: HttpClient, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.faults.flip(PATH, offset=7)
    wrong = bytearray(BODY)
    wrong[7] ^= 1
    with pytest.raises(VerificationError) as caught:
        download(http, tmp_path / "part")
    assert str(DIGEST) in caught.value.what
    assert hashlib.sha256(wrong).hexdigest() in caught.value.what
    assert caught.value.where == URL
    assert not (tmp_path / "part").exists()


def test_an_endless_body_is_stopped_at_its_size(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.endless(PATH)
    took: list[int] = []
    with pytest.raises(VerificationError, match="another size"):
        http.download(URL, tmp_path / "part", size=len(BODY), digest=DIGEST, on_bytes=took.append)
    assert sum(count for count in took if count > 0) <= len(BODY) + (64 << 10)
    assert not (tmp_path / "part").exists()


def test_a_body_of_another_size_is_refused_before_it_is_read(http: HttpClient, tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match=f"expected 10 bytes, found {len(BODY)}"):
        download(http, tmp_path / "part", size=10)


def test_what_no_lock_knows_is_downloaded_and_measured(http: HttpClient, upstream: Upstream, tmp_path: Path) -> None:
    upstream.faults.cut(PATH, after=1000, times=1)
    assert http.download_unlocked(URL, tmp_path / "part") == (DIGEST, len(BODY))


def test_a_redirect_is_followed(http: HttpClient, upstream: Upstream) -> None:
    upstream.faults.redirect("/elsewhere", PATH)
    assert http.get("http://standin.test/elsewhere", limit=1 << 20).body == BODY


def test_redirects_in_a_circle_end(http: HttpClient, upstream: Upstream) -> None:
    upstream.faults.redirect("/circle", "/circle")
    with pytest.raises(UpstreamError, match="redirects"):
        http.get("http://standin.test/circle", limit=10)


def test_an_upstream_that_is_down_is_named_with_its_mirror(tmp_path: Path) -> None:
    with HttpClient(Mirrors({"standin.test": "127.0.0.1:9"}), attempts=2, pause=0.01) as http:
        with pytest.raises(UpstreamError) as caught:
            download(http, tmp_path / "part")
        assert "Connection refused (mirror 127.0.0.1:9), after 2 attempts" in caught.value.why


def test_credentials_of_a_url_are_not_shown(http: HttpClient) -> None:
    with pytest.raises(UpstreamError) as caught:
        http.get("http://user:canary@standin.test/nothing", limit=10)
    assert "canary" not in str(caught.value)


def test_offline_refuses_and_says_so(upstream: Upstream) -> None:
    with HttpClient(Mirrors(upstream.mirrors), offline=True) as http, pytest.raises(UpstreamError, match="--offline"):
        http.get(URL, limit=10)
    assert not upstream.requests


def test_a_cancelled_client_asks_for_nothing(http: HttpClient, upstream: Upstream) -> None:
    http.cancel()
    with pytest.raises(UpstreamError, match="cancelled"):
        http.get(URL, limit=10)
    assert not upstream.requests


def test_connections_are_kept(http: HttpClient) -> None:
    for _ in range(3):
        http.get(URL, limit=1 << 20)
    pools = http._transport._session.get_adapter("http://").poolmanager.pools  # type: ignore[attr-defined]
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - no plain mapping
