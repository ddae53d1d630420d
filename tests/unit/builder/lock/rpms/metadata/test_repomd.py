"""repomd.xml, sound and hostile."""

from __future__ import annotations

import pytest

from airlock_builder.lock.rpms.metadata import repomd
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

HEX = "ab" * 32


def document(*records: str, head: str = "") -> bytes:
    body = "".join(records) or record()
    text = f"<revision>17</revision>{body}"
    return f'<?xml version="1.0"?>{head}<repomd xmlns="http://linux.duke.edu/metadata/repo">{text}</repomd>'.encode()


def record(kind: str = "primary", href: str = "repodata/p.xml.gz", checksum: str = HEX, more: str = "") -> str:
    return (
        f'<data type="{kind}"><checksum type="sha256">{checksum}</checksum><location href="{href}"{more}/>'
        "<size>10</size><open-size>20</open-size></data>"
    )


def test_a_place_may_be_percent_encoded() -> None:
    assert repomd.checked_href("Packages/libstdc%2B%2B-1-1.rpm", where="u") == "Packages/libstdc%2B%2B-1-1.rpm"


def test_records_are_read_by_kind() -> None:
    found = repomd.parse(document(record(), record("primary_db")), where="u")
    assert (found.revision, found.timestamp) == ("17", None)
    assert list(found.records) == ["primary"]
    assert found.records["primary"] == repomd.Record("primary", "repodata/p.xml.gz", 10, 20, Digest("sha256", HEX))


def test_the_newest_time_of_all_records_is_kept_those_that_are_not_read_too() -> None:
    times = [record(kind).replace("<size>", f"<timestamp>{time}</timestamp><size>") for kind, time in _TIMES.items()]
    assert repomd.parse(document(*times), where="u").timestamp == 1304067201


_TIMES = {"primary": "1304067200", "primary_db": "1304067201.57", "filelists": "7"}


def test_copies_in_zchunk_are_passed_over_for_their_plain_siblings() -> None:
    kinds = ("primary_zck", "primary", "group_zck", "group_gz", "other_zck")
    assert sorted(repomd.parse(document(*map(record, kinds)), where="u").records) == ["group_gz", "primary"]


@pytest.mark.parametrize("kind", ["primary", "filelists", "group", "modules", "updateinfo"])
def test_what_is_there_in_zchunk_alone_is_named(kind: str) -> None:
    others = () if kind == "primary" else (record(),)
    with pytest.raises(VerificationError, match=f"it offers {kind} in zchunk alone") as caught:
        repomd.parse(document(*others, record(f"{kind}_zck")), where="u")
    assert "gzip" in caught.value.todo


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (document(head="<!DOCTYPE repomd>"), "document type"),
        (document(head='<!DOCTYPE r [<!ENTITY a "b">]>'), "document type"),
        (document(record(href="../p.xml")), "outside the repository"),
        (document(record(href="a/../../p.xml")), "outside the repository"),
        (document(record(href="/etc/passwd")), "outside the repository"),
        (document(record(href="http://evil/p.xml")), "outside the repository"),
        (document(record(href="file:p.xml")), "outside the repository"),
        (document(record(href="")), "outside the repository"),
        (document(record(href="p.xml?x=1")), "odd characters"),
        (document(record(href="a/%2e%2e/p.xml")), "outside the repository"),
        (document(record(href="a/..%2fp.xml")), "outside the repository"),
        (document(record(href="a/%252e%252e/p.xml")), "odd characters"),
        (document(record(href="a%2Fp.xml")), "odd characters"),
        (document(record(href="p.xml%00")), "odd characters"),
        (document(record().replace("</data>", "<size>1</size></data>")), "size stands twice"),
        (document().replace(b"17", b"1" * 200), "a revision that cannot be"),
        (document(record(href="repodata/repomd.xml")), "lists itself"),
        (document(record(more=' xml:base="http://evil/"')), "another base"),
        (document(record(), record()), "stands twice"),
        (document(record(checksum="abc")), "digest of kind"),
        (document(record().replace("sha256", "md5")), "digest of kind 'md5'"),
        (document(record().replace("sha256", "sha")), "digest of kind 'sha'"),
        (document(record().replace("<size>10", "<size>-1")), "size that cannot be"),
        (document(record().replace("<size>10", "<size>99999999999999")), "size that cannot be"),
        (document(record("filelists")), "no primary"),
        (document(record().replace("<size>", "<timestamp>soon</timestamp><size>")), "timestamp that cannot be"),
        (b"<html/>", "not <repomd>"),
        (document()[:-5], "not XML"),
        (b"", "not XML"),
        (document().replace(b"17", b"\xff\xfe"), "not XML"),
    ],
)
def test_hostile_documents_are_refused_with_their_url(data: bytes, said: str) -> None:
    with pytest.raises(VerificationError) as caught:
        repomd.parse(data, where="http://x/repomd.xml")
    assert said in str(caught.value)
    assert "http://x/repomd.xml" in str(caught.value)
