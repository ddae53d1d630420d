"""repomd.xml, sound and hostile."""

from __future__ import annotations

import pytest

from airlock_builder.lock.rpms import repomd
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


def test_records_are_read_by_kind() -> None:
    found = repomd.parse(document(record(), record("primary_db")), where="u")
    assert found.revision == "17"
    assert list(found.records) == ["primary"]
    assert found.records["primary"] == repomd.Record("primary", "repodata/p.xml.gz", 10, 20, Digest("sha256", HEX))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (document(head="<!DOCTYPE repomd>"), "DTDForbidden"),
        (document(head='<!DOCTYPE r [<!ENTITY a "b">]>'), "DTDForbidden"),
        (document(record(href="../p.xml")), "outside the repository"),
        (document(record(href="a/../../p.xml")), "outside the repository"),
        (document(record(href="/etc/passwd")), "outside the repository"),
        (document(record(href="http://evil/p.xml")), "outside the repository"),
        (document(record(href="file:p.xml")), "outside the repository"),
        (document(record(href="")), "outside the repository"),
        (document(record(href="p.xml?x=1")), "odd characters"),
        (document(record(href="repodata/repomd.xml")), "lists itself"),
        (document(record(more=' xml:base="http://evil/"')), "another base"),
        (document(record(), record()), "stands twice"),
        (document(record(checksum="abc")), "digest of kind"),
        (document(record().replace("sha256", "md5")), "digest of kind 'md5'"),
        (document(record().replace("sha256", "sha")), "digest of kind 'sha'"),
        (document(record().replace("<size>10", "<size>-1")), "size that cannot be"),
        (document(record().replace("<size>10", "<size>99999999999999")), "size that cannot be"),
        (document(record("filelists")), "no primary"),
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
