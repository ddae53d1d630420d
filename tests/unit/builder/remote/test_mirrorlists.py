"""Lists of mirrors as servers write them, sound and hostile."""

from __future__ import annotations

import hashlib

import pytest

from airlock_builder.remote import metalink, mirrorlist
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from tests.mirrormanager import Version, url, xml

BODY = b"<repomd/>"
LIST = "https://mirrors.test/list"


def bases(text: str, where: str = LIST) -> tuple[str, ...]:
    return mirrorlist.read(text.encode(), where=where, variables={"basearch": "x86_64", "releasever": "9"}).bases


def test_a_list_is_one_url_a_line_in_its_order_and_each_once() -> None:
    text = "# repo = BaseOS-9 arch = x86_64\r\n\r\n  http://b.test/os/ \n\thttps://a.test/os\nhttp://b.test/os\n"
    assert bases(text) == ("http://b.test/os", "https://a.test/os")


def test_dnfs_variables_in_a_list_are_expanded_and_others_passed_over() -> None:
    text = "http://a.test/$releasever/${basearch}/os\nhttp://a.test/$ARCH/os\nhttp://a.test/$BASEARCH/os\n"
    assert bases(text) == ("http://a.test/9/x86_64/os", "http://a.test/x86_64/os")


@pytest.mark.parametrize(
    "line",
    [
        "ftp://a.test/os",
        "rsync://a.test/os",
        "file:///etc",
        "/etc",
        "http://user:canary@a.test/os",
        "http://a.test/os?token=canary",
        "http://a.test/os#x",
        "http:///os",
        "http://[a.test/os",
        "http://a.test/o s",
        "a.test/os",
    ],
)
def test_what_cannot_be_asked_is_passed_over(line: str) -> None:
    assert bases(f"{line}\nhttp://good.test/os\n") == ("http://good.test/os",)


def test_a_list_on_this_machine_may_name_folders_of_it() -> None:
    assert bases("/srv/a\nfile:///srv/b\n", "file:///srv/list") == ("file:///srv/a", "file:///srv/b")


def test_a_list_of_nothing_is_told_with_what_the_server_says_instead() -> None:
    with pytest.raises(UpstreamError) as caught:
        bases("# repo = foo arch = x86_64 error: invalid repo or arch\n# following repositories are available:\n")
    assert caught.value.where == LIST
    assert caught.value.why == "repo = foo arch = x86_64 error: invalid repo or arch"


def test_a_metalink_may_stand_where_a_list_is_named() -> None:
    found = mirrorlist.read(xml(Version(BODY), [url("https://a.test/os")]), where=LIST)
    assert found.bases == ("https://a.test/os",)
    assert found.repomd[0].fits(BODY)


def test_the_mirrors_of_a_metalink_come_by_preference_and_tls_first() -> None:
    urls = [
        url("http://plain.test/os", 90),
        url("https://late.test/os", 10),
        url("rsync://x.test/os", 100),
        url("https://tls.test/os", 90),
        url("http://first.test/os", 100),
        url("http://odd.test/os", "many"),
    ]
    listed = mirrorlist.read(xml(Version(BODY), urls), where=LIST)
    assert [base.split("/")[2].split(".")[0] for base in listed.bases] == ["first", "tls", "plain", "late", "odd"]


def test_a_url_that_leads_to_no_repomd_says_nothing_of_a_mirror() -> None:
    bare = '<url preference="100">https://a.test/os/</url>'
    listed = mirrorlist.read(xml(Version(BODY), [bare, url("https://b.test/os")]), where=LIST)
    assert listed.bases == ("https://b.test/os",)


def test_a_document_must_be_of_the_size_and_of_all_the_digests_that_are_said() -> None:
    (expected,) = metalink.parse(xml(Version(BODY), [url("https://a.test")]), where=LIST).repomd
    assert expected.fits(BODY)
    assert not expected.fits(BODY + b" ")
    wrong = metalink.Expected(len(BODY), (Digest.sha256(BODY), Digest("sha512", hashlib.sha512(b"other").hexdigest())))
    assert not wrong.fits(BODY)
    assert not metalink.Expected(1, (Digest.sha256(BODY),)).fits(BODY)


def test_what_was_before_stands_in_the_order_of_its_time_behind_what_is() -> None:
    older = [Version(b"oldest", 10), Version(b"older", 20)]
    versions = metalink.parse(xml(Version(BODY, 30), [url("https://a.test")], older), where=LIST).repomd
    assert [version.timestamp for version in versions] == [30, 20, 10]
    assert versions[1].fits(b"older")


def test_an_older_version_without_a_strong_digest_is_none() -> None:
    weak = xml(Version(BODY), [url("https://a.test")], [Version(b"older", hashes=("md5", "sha1"))])
    assert len(metalink.parse(weak, where=LIST).repomd) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html><body>Not here</body></html>", "is no metalink"),
        (b"<metalink><files>", "not XML"),
        (b'<!DOCTYPE m [<!ENTITY a "b">]><metalink>&a;</metalink>', "not XML"),
        (b"<metalink><files/></metalink>", "has 0 entries for repomd.xml"),
        (xml(Version(BODY), []).replace(b"repomd.xml", b"primary.xml"), "has 0 entries"),
        (xml(Version(BODY, hashes=("md5", "sha1")), [url("https://a.test")]), "no sha256 or better"),
        (xml(Version(BODY), [url("https://a.test")]).replace(b"<size>9<", b"<size>-9<"), "a size that cannot be: '-9'"),
        (xml(Version(BODY, 17), []).replace(b">17<", b">17.5e9<"), "a timestamp that cannot be"),
        (xml(Version(BODY), []).replace(hashlib.sha256(BODY).hexdigest().encode(), b"abc"), "sha256 'abc'"),
    ],
)
def test_a_metalink_that_is_none_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(VerificationError, match=said) as caught:
        mirrorlist.read(data, where=LIST)
    assert caught.value.where == LIST


def test_a_metalink_without_mirrors_is_refused() -> None:
    with pytest.raises(AirlockError, match="lists no mirror"):
        mirrorlist.read(xml(Version(BODY), []), where=LIST)
