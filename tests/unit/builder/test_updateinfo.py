import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest

from airlock_builder import updateinfo
from airlock_core.compare.advisories import Advisory, Fix
from airlock_core.errors import VerificationError

PACKAGE = '<package name="{}" version="2" release="1.el8" epoch="{}" arch="{}" src="x.src.rpm"/>'
MODULE = '<module name="nodejs" stream="18" version="1" context="c" arch="x86_64"/>'


def update(identity: str, *packages: str, kind: str = "security", severity: str = "Important", refs: str = "") -> str:
    return (
        f'<update from="f" status="stable" type="{kind}" version="2.0"><id>{identity}</id>'
        f"<title>{identity}: a\n title</title><severity>{severity}</severity>"
        f"<description>1 &lt; 2 &amp; ümlaut</description><references>{refs}</references>"
        f'<pkglist><collection short="s"><name>n</name>{"".join(packages)}</collection></pkglist></update>'
    )


def document(*updates: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<updates>{"".join(updates)}</updates>\n'.encode()


def read(data: bytes, *names: str) -> list[Advisory]:
    return updateinfo.advisories(io.BytesIO(data), set(names), where="updateinfo.xml")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_an_advisory_is_read_however_it_is_packed(pack: Callable[[bytes], bytes]) -> None:
    refs = (
        '<reference href="h" id="CVE-2024-0002" type="cve" title="CVE-2024-0002"/>'
        '<reference href="h" id="99" type="bugzilla" title="CVE-2024-0001 CVE-2024-0002 foo: bad"/>'
    )
    packages = [
        PACKAGE.format("foo", 1, "x86_64"),
        PACKAGE.format("foo", 1, "src"),
        PACKAGE.format("bar", "", "noarch"),
    ]
    (found,) = read(pack(document(update("A-1", *packages, refs=refs))), "foo", "bar")
    assert (found.id, found.kind, found.severity, found.title) == ("A-1", "security", "Important", "A-1: a title")
    assert found.cves == ("CVE-2024-0001", "CVE-2024-0002")
    assert found.fixes == (Fix("foo", "x86_64", "1:2-1.el8"), Fix("bar", "noarch", "2-1.el8"))


def test_a_fix_of_a_module_names_its_stream() -> None:
    (found,) = read(document(update("A-1", MODULE, PACKAGE.format("nodejs", 1, "x86_64"))), "nodejs")
    assert found.fixes[0].stream == "nodejs:18"


def test_advisories_of_other_packages_are_left_out() -> None:
    assert read(document(update("A-1", PACKAGE.format("foo", 0, "x86_64"))), "bar") == []


def test_a_severity_that_nobody_knows_is_none() -> None:
    (found,) = read(document(update("A-1", PACKAGE.format("foo", 0, "noarch"), severity="urgent", kind="")), "foo")
    assert (found.severity, found.kind) == ("None", "unspecified")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<!DOCTYPE updates [<!ENTITY a 'b'>]><updates/>", "document type"),
        (b"<!DOCTYPE updates SYSTEM 'file:///etc/passwd'><updates/>", "document type"),
        (b"<metadata/>", "its root element"),
        (document(update("A-1"))[:-20], "no element found|unclosed"),
        (b"<updates>\xff</updates>", "not well-formed|invalid"),
        (b'<?xml version="1.0" encoding="klingon"?><updates/>', "encoding"),
        (b"", "no element found"),
        (gzip.compress(document(), mtime=0)[:-9], "cut short|cannot be unpacked"),
    ],
)
def test_what_is_damaged_or_hostile_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(VerificationError, match=why):
        read(data, "foo")


def test_an_update_without_an_end_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updateinfo, "MAX_UPDATE", 1 << 16)
    monkeypatch.setattr(updateinfo, "MAX_NODES", 1000)
    long = update("A-1").replace("ümlaut", "x" * (1 << 17))
    for data in (document(long), document(update("A-1", *["<package/>"] * 1001))):
        with pytest.raises(VerificationError, match="longer than any can be"):
            read(data, "foo")


def test_a_bomb_stops_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updateinfo, "MAX_OPEN", 1 << 20)
    with pytest.raises(VerificationError, match="unpacks to more"):
        read(gzip.compress(b"<updates>" + b" " * (4 << 20)), "foo")


def test_too_many_builds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updateinfo, "MAX_FIXES", 2)
    with pytest.raises(VerificationError, match="names more than 2 builds"):
        read(document(*(update(f"A-{n}", PACKAGE.format("foo", 0, "noarch")) for n in range(3))), "foo")


def test_one_document_of_several_has_what_concerns_the_packages_alone() -> None:
    one = document(
        update("B-2", PACKAGE.format("foo", 0, "x86_64"), PACKAGE.format("foo", 0, "i686")),
        update("C-3", PACKAGE.format("other", 0, "x86_64")),
    )
    two = document(
        update("B-2", PACKAGE.format("bar", 0, "noarch")),
        update("A-1", PACKAGE.format("bar", 0, "noarch")),
        update("B-2", PACKAGE.format("bar", 0, "noarch")),
    )
    packages = {("foo", "x86_64"), ("bar", "noarch")}
    found = updateinfo.restricted([("one", io.BytesIO(one)), ("two", io.BytesIO(gzip.compress(two)))], packages)
    assert [(advisory.id, [fix.name for fix in advisory.fixes]) for advisory in read(found, "foo", "bar", "other")] == [
        ("A-1", ["bar"]),
        ("B-2", ["foo", "bar"]),
    ]
    assert b"i686" not in found
    assert "1 &lt; 2 &amp; ümlaut".encode() in found
    again = updateinfo.restricted([("found", io.BytesIO(found))], packages)
    assert again == found


def test_nothing_that_concerns_the_packages_is_no_document() -> None:
    assert updateinfo.restricted([("one", io.BytesIO(document(update("A-1"))))], {("foo", "noarch")}) == b""
