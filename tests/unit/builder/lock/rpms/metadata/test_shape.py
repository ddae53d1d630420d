"""Long documents before libsolv gets them: known by their heads, and in proportion."""

from __future__ import annotations

import io

import pytest

from airlock_builder.lock.rpms.metadata import shape
from airlock_core.errors import VerificationError

CHUNK = 100_000


def checked(data: bytes) -> bytes:
    """What comes out of a document that is written in chunks."""
    target = io.BytesIO()
    writer = shape.Checked(target, where="u")
    for at in range(0, len(data), CHUNK):
        writer.write(data[at : at + CHUNK])
    writer.finish()
    return target.getvalue()


def test_the_root_elements_attributes_are_found() -> None:
    head = b'<?xml version="1.0" encoding="utf-8"?><!-- made --><m:metadata packages="1"><package>'
    assert shape.check_head(head, "metadata", where="u") == {"packages": "1"}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("<metadata/>".encode("utf-16-le"), "not UTF-8"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><metadata/>', "not UTF-8"),
        ('<?xml version="1.0" encoding="UTF-16"?><metadata/>'.encode("utf-16"), "not UTF-8"),
        (b'<?xml version="1.0" encoding="x"?><metadata/>', "x"),
        (b"<!DOCTYPE metadata><metadata/>", "document type"),
        (b"<filelists/>", "root element is not <metadata>"),
        (b"", "root element is not <metadata>"),
        (b"<metadata", "root element is not <metadata>"),
    ],
)
def test_a_head_that_another_parser_must_not_get_is_refused(head: bytes, said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        shape.check_head(head, "metadata", where="u")


def test_a_document_comes_out_as_it_went_in() -> None:
    entries, files = b'<rpm:entry name="a"/>' * 60_000, b'<file type="dir">/usr/share/doc/a</file>' * 60_000
    data = b"<metadata>" + (b"<package>" + entries + files + b"</package>") * 3 + b"</metadata>" + b"x" * 3 * CHUNK
    assert checked(data) == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<package/>" * 400_000, "packages in"),
        (b'<rpm:entry name="a"/>' * 100_001, "entries of one package"),
        (b"<package></package>" + b'<rpm:entry name="a"/>' * 100_001, "entries of one package"),
        (b"".join(b"<file>/%d/a</file>" % number for number in range(150_000)), "folders in one folder"),
        (b"".join(b"<file>/a/b/%d/a</file>" % number for number in range(150_000)), "folders in one folder"),
        (b"<file>&#47;a&#x2f;b/c</file>" * 60_000, "as a number"),
        (b"<file><![CDATA[/a/b]]></file>" * 60_000, "a path without a slash"),
    ],
)
def test_a_document_out_of_proportion_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        checked(data)


PROSE = b"<summary>s</summary>\n  <description>d > \n e</description><packager/>\n<url>http://u</url> "


def test_what_people_read_of_a_package_is_left_out() -> None:
    rest = b'<time file="1"/><size package="1"/></package>'
    assert checked(b"<package><name>a</name>" + PROSE + rest) == b"<package><name>a</name>" + rest
    many = (b"<package>" + PROSE + rest) * 5000
    assert len(checked(many)) < len(many) - 0.9 * 5000 * len(PROSE), "but for what is cut where pieces end"


@pytest.mark.parametrize(
    "other",
    [
        b"<summary>s</summary><description>d</description><packager/><url/><location/>",
        b"<summary>s</summary><url/><packager/><description>d</description><time/>",
        b"<summary>s</summary><description>d<b/></description><packager/><url/><time />",
        b"<summary>s</summary><description/><location href='a'/><packager/><url/><time />",
        "<summary>\u00e4</summary><description/><packager/><url/><time />".encode(),
        b"<summary>\xff</summary><description/><packager/><url/><time />",
        b"<summary>\0</summary><description/><packager/><url/><time />",
        b"<summary>&undeclared;</summary><description/><packager/><url/><time />",
        b"<summary lang='en'>s</summary><description/><packager/><url/><time />",
    ],
)
def test_what_stands_otherwise_is_left_alone(other: bytes) -> None:
    assert checked(other) == other
