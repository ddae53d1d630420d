"""Repositories with several mirrors: which is asked, which is believed, and what is said when none will do."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_builder.remote.failures import Cancelled, is_absent
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.repositories import Repositories, RepoSource
from airlock_builder.remote.traffic import Traffic
from airlock_core.digest import Digest, of_file
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.progress import Notice
from tests.integration.several import LIST, REPO, ROOT, Several, base, several

pytestmark = pytest.mark.integration

BODY = (REPO / "repodata/repomd.xml").read_bytes()
RPM = "Packages/hello-1.1-1.x86_64.rpm"
SIZE, DIGEST = (REPO / RPM).stat().st_size, of_file(REPO / RPM)
NAMED = RepoSource("r", (base("a"), base("b"), base("c")))
LISTED = RepoSource("r", mirrorlist=LIST)
LINKED = RepoSource("r", metalink=LIST)


@pytest.fixture
def mirrors(tmp_path: Path) -> Iterator[Several]:
    with several(tmp_path) as found:
        found.list_plain("abc")
        yield found


@pytest.fixture
def http(mirrors: Several) -> Iterator[HttpClient]:
    with mirrors.client() as client:
        yield client


def root(repositories: Repositories) -> tuple[str, bytes]:
    return repositories.root("r", lambda mirror, body: (mirror, body), limit=1 << 20)


def download(repositories: Repositories, part: Path, url: str = f"{base('a')}/{RPM}", **more: str) -> list[int]:
    told: list[int] = []
    repositories.download("r", url, part, size=SIZE, digest=DIGEST, on_bytes=told.append, **more)
    assert Digest.sha256(part.read_bytes()) == DIGEST
    return told


@pytest.mark.parametrize("source", [NAMED, LISTED, LINKED])
def test_the_first_mirror_that_answers_gives_the_root_document(
    source: RepoSource, mirrors: Several, http: HttpClient
) -> None:
    if source is LINKED:
        mirrors.list_metalink("abc")
    mirrors.down("a")
    assert root(mirrors.reached(http, source)) == (base("b"), BODY)
    assert not mirrors.asked("c")


def test_a_busy_mirror_is_not_waited_for_while_another_has_the_file(
    mirrors: Several, http: HttpClient, tmp_path: Path
) -> None:
    mirrors.servers["a"].faults.status("*", 503)
    repositories = mirrors.reached(http, NAMED)
    download(repositories, tmp_path / "part")
    assert mirrors.asked("a", "b") == [f"a /os/{RPM}", f"b /os/{RPM}"]


def test_mirrors_that_are_all_busy_are_asked_again(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    for name in "abc":
        mirrors.servers[name].faults.status("*", 503, times=1)
    download(mirrors.reached(http, NAMED), tmp_path / "part")
    assert mirrors.asked("a", "b", "c") == [f"a /os/{RPM}", f"a /os/{RPM}", f"b /os/{RPM}", f"c /os/{RPM}"]


def test_a_mirror_that_failed_is_remembered_and_asked_last(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    mirrors.down("a")
    repositories = mirrors.reached(http, NAMED)
    root(repositories)
    assert repositories.bases("r") == (base("b"), base("c"), base("a"))
    mirrors.forget()
    download(repositories, tmp_path / "part")
    assert repositories.get_range("r", f"{base('a')}/{RPM}", 0, 4, lambda _, data: data) == b"\xed\xab\xee\xdb"
    assert not mirrors.asked("a")
    mirrors.servers["a"].faults.clear()
    mirrors.down("b", "c")
    download(repositories, tmp_path / "second")
    assert mirrors.asked("a") == [f"a /os/{RPM}"]


def test_a_mirror_that_lacks_one_file_is_asked_for_others_all_the_same(
    mirrors: Several, http: HttpClient, tmp_path: Path
) -> None:
    (mirrors.folder / "a" / RPM).unlink()
    repositories = mirrors.reached(http, NAMED)
    download(repositories, tmp_path / "part")
    assert repositories.bases("r")[0] == base("a")


def test_a_mirror_without_a_root_document_is_none(mirrors: Several, http: HttpClient) -> None:
    (mirrors.folder / "a" / "repodata/repomd.xml").unlink()
    repositories = mirrors.reached(http, NAMED)
    root(repositories)
    assert repositories.bases("r")[-1] == base("a")


def test_a_mirror_with_other_bytes_is_passed_over_and_named_in_the_log(
    mirrors: Several, http: HttpClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "airlock_builder")
    mirrors.servers["a"].faults.flip(f"/os/{RPM}", offset=100)
    told = download(mirrors.reached(http, NAMED), tmp_path / "part")
    assert f"repo r: {base('a')} passed over: other bytes than locked" in caplog.text
    assert sum(told) == SIZE, "what was thrown away is taken back"


def test_what_one_mirror_began_another_goes_on_with(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    mirrors.servers["a"].faults.cut(f"/os/{RPM}", after=1000)
    told = download(mirrors.reached(http, NAMED), tmp_path / "part")
    assert mirrors.servers["b"].log.all()[0].range == "bytes=1000-"
    assert sum(told) == SIZE


def test_when_none_has_a_file_each_is_named_with_its_reason(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    mirrors.down("a")
    mirrors.servers["b"].faults.status("*", 404)
    mirrors.servers["c"].faults.status("*", 503)
    with pytest.raises(UpstreamError) as caught:
        download(mirrors.reached(http, NAMED), tmp_path / "part")
    first, second, third = caught.value.why.split("\n       ")
    assert first.startswith(f"{base('a')}/{RPM}: ")
    assert second.startswith(f"{base('b')}/{RPM}: ")
    assert "404 Not Found" in second
    assert third.startswith(f"{base('c')}/{RPM}: ")
    assert "503" in third
    assert not is_absent(caught.value)


def test_a_file_that_all_have_lost_is_known_to_be_lost(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    for name in "abc":
        (mirrors.folder / name / RPM).unlink()
    with pytest.raises(UpstreamError) as caught:
        download(mirrors.reached(http, NAMED), tmp_path / "part")
    assert is_absent(caught.value)


def test_one_mirror_with_other_bytes_is_no_matter_of_the_network(
    mirrors: Several, http: HttpClient, tmp_path: Path
) -> None:
    mirrors.servers["a"].faults.flip(f"/os/{RPM}", offset=100)
    mirrors.down("b", "c")
    with pytest.raises(VerificationError, match="none of 3 mirrors"):
        download(mirrors.reached(http, NAMED), tmp_path / "part")


def test_a_list_is_not_asked_for_while_the_locked_mirror_answers(
    mirrors: Several, http: HttpClient, tmp_path: Path
) -> None:
    download(mirrors.reached(http, LISTED), tmp_path / "part")
    assert not mirrors.asked("list", "b", "c")


def test_a_locked_file_is_had_from_a_list_that_its_mirror_has_left(
    mirrors: Several, http: HttpClient, tmp_path: Path
) -> None:
    mirrors.down("a")
    mirrors.list_plain("bc")
    download(mirrors.reached(http, LISTED), tmp_path / "part", base=base("a"))
    assert mirrors.asked("b") == [f"b /os/{RPM}"]


def test_when_the_list_cannot_be_had_either_both_are_named(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    mirrors.down("a", "list")
    with pytest.raises(UpstreamError) as caught:
        download(mirrors.reached(http, LISTED), tmp_path / "part", base=base("a"))
    assert [reason.partition(": ")[0] for reason in caught.value.why.split("\n       ")] == [f"{base('a')}/{RPM}", LIST]


def test_who_waits_is_told_which_mirror_failed_and_which_is_tried(mirrors: Several, tmp_path: Path) -> None:
    told: list[Notice] = []
    mirrors.servers["a"].faults.status("*", 404)
    with HttpClient(Mirrors(mirrors.mapping), Traffic(tell=told.append)) as http:
        download(mirrors.reached(http, NAMED), tmp_path / "part")
    (notice,) = told
    assert re.fullmatch(rf"mirror {base('a')} failed: .*404 Not Found.*; trying {base('b')}", notice.text)


def test_a_cancelled_run_asks_no_further_mirror(mirrors: Several, http: HttpClient, tmp_path: Path) -> None:
    repositories = mirrors.reached(http, NAMED)
    http.cancel()
    with pytest.raises(Cancelled):
        download(repositories, tmp_path / "part")


def test_a_root_document_that_the_metalink_does_not_speak_of_is_refused_and_the_next_mirror_asked(
    mirrors: Several, http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "airlock_builder")
    mirrors.list_metalink("abc")
    mirrors.servers["a"].faults.replace(ROOT, BODY.replace(b"<revision>", b"<revision>9"))
    assert root(mirrors.reached(http, LINKED))[0] == base("b")
    assert f"{base('a')} passed over: its size and digest are neither" in caplog.text


def test_when_no_mirror_has_what_the_metalink_speaks_of_each_is_named(mirrors: Several, http: HttpClient) -> None:
    mirrors.list_metalink("abc", newest=b"<repomd/>")
    mirrors.down("c")
    with pytest.raises(VerificationError) as caught:
        root(mirrors.reached(http, LINKED))
    assert caught.value.why.count("is not the repomd.xml that the metalink speaks of") == 2
    assert f"{base('c')}/repodata/repomd.xml: cannot be fetched" in caught.value.why


def test_a_mirror_that_is_behind_is_believed_only_where_none_has_the_newest(mirrors: Several, http: HttpClient) -> None:
    older = BODY.replace(b"<revision>", b"<revision>0")
    mirrors.list_metalink("abc", older=[older])
    mirrors.servers["a"].faults.replace(ROOT, older)
    assert root(mirrors.reached(http, LINKED)) == (base("b"), BODY)
    mirrors.servers["b"].faults.replace(ROOT, older)
    mirrors.down("c")
    (mirrors.cache / "repomd").rename(mirrors.folder / "away")
    assert root(mirrors.reached(http, LINKED)) == (base("a"), older)


@pytest.mark.parametrize(
    ("source", "requests"),
    [
        (RepoSource("r", (base("a"),)), [f"a {ROOT} 304"]),
        (NAMED, [f"a {ROOT} 304"]),
        (LINKED, ["list /mirrors 304"]),
        (LISTED, ["list /mirrors 304", f"a {ROOT} 304"]),
    ],
)
def test_freshness_costs_one_small_request_and_one_for_a_plain_list(
    source: RepoSource, requests: list[str], mirrors: Several, http: HttpClient
) -> None:
    if source is LINKED:
        mirrors.list_metalink("abc")
    first = root(mirrors.reached(http, source))
    mirrors.forget()
    assert root(mirrors.reached(http, source)) == first
    found = [
        f"{name} {request.path} {request.status}"
        for name in ("list", "a", "b", "c")
        for request in mirrors.servers[name].log.all()
    ]
    assert found == requests


def test_another_mirrors_document_is_asked_for_whole(mirrors: Several, http: HttpClient) -> None:
    root(mirrors.reached(http, NAMED))
    mirrors.down("a")
    mirrors.forget()
    assert root(mirrors.reached(http, NAMED)) == (base("b"), BODY)
    assert [request.status for request in mirrors.servers["b"].log.all()] == [200]


@pytest.mark.parametrize("source", [NAMED, LISTED, LINKED])
def test_without_a_network_the_last_document_and_the_last_list_are_enough(
    source: RepoSource, mirrors: Several, http: HttpClient
) -> None:
    if source is LINKED:
        mirrors.list_metalink("abc")
    mirrors.down("a")
    first = root(mirrors.reached(http, source))
    mirrors.forget()
    with mirrors.client(offline=True) as offline:
        assert root(mirrors.reached(offline, source)) == first == (base("b"), BODY)
    assert not mirrors.asked("a", "b", "c", "list")


@pytest.mark.parametrize("source", [NAMED, LISTED, LINKED])
def test_without_a_network_what_was_never_fetched_is_named(source: RepoSource, mirrors: Several) -> None:
    with mirrors.client(offline=True) as offline, pytest.raises(UpstreamError, match="not in the cache") as caught:
        root(mirrors.reached(offline, source))
    assert caught.value.where in (LIST, f"{base('a')}/repodata/repomd.xml")


def test_mirrors_on_this_machine_are_read_without_a_network(mirrors: Several) -> None:
    folders = RepoSource("r", ("file:///nowhere", (mirrors.folder / "a").as_uri()))
    with mirrors.client(offline=True) as offline:
        assert root(mirrors.reached(offline, folders)) == ((mirrors.folder / "a").as_uri(), BODY)


def test_only_what_passed_is_kept(mirrors: Several, http: HttpClient) -> None:
    def refuse(mirror: str, body: bytes) -> None:
        raise VerificationError("is not liked", where=mirror)

    with pytest.raises(VerificationError, match="none of 3 mirrors"):
        mirrors.reached(http, NAMED).root("r", refuse, limit=1 << 20)
    with mirrors.client(offline=True) as offline, pytest.raises(UpstreamError, match="not in the cache"):
        root(mirrors.reached(offline, NAMED))
