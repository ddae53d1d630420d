"""Headers of tar archives and the records of extended ones, as all readers take them."""

from __future__ import annotations

import tarfile

import pytest

from airlock_core.archives import ustar


def header(kind: bytes = tarfile.REGTYPE, *, name: str = "a/b", size: int = 7, mode: int = 0o644) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mode, info.linkname = kind, size, mode, "c"
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")


def test_a_header_says_what_its_entry_is() -> None:
    assert ustar.entry(header(mode=0o755)) == ustar.Entry("a/b", "c", tarfile.REGTYPE, 7, executable=True)
    long = f"{'d' * 120}/{'e' * 90}"
    assert ustar.entry(header(name=long)).name == long


@pytest.mark.parametrize("kind", [tarfile.AREGTYPE, tarfile.CONTTYPE])
def test_what_is_read_as_a_regular_file_is_called_one(kind: bytes) -> None:
    assert ustar.entry(header(kind)).kind == tarfile.REGTYPE


@pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_nothing_follows_the_header_of_what_has_no_content(kind: bytes) -> None:
    assert ustar.entry(header(kind)).size == 0


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (bytes(512), "end of file"),
        (header()[:300], "truncated"),
        (header().replace(b"a/b", b"a/c"), "bad checksum"),
        (header(name="\udcff"), "a name that is no UTF-8"),
    ],
)
def test_what_is_no_header_is_refused(block: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ustar.entry(block)


def test_records_are_read_by_key_whatever_their_values_hold() -> None:
    raw = b"12 path=a/b\n16 odd=\xff\n=1 b=2\n"
    assert ustar.records(raw) == {"path": b"a/b", "odd": b"\xff\n=1 b=2"}
    assert ustar.records(b"") == {}


@pytest.mark.parametrize("raw", [b"path=a\n", b"99 a=b\n", b"3 a=b\n", b"6 a=b", b"6 a=b\0", b"06 a=b\n", b"6 ab\nx"])
def test_records_that_no_tar_writes_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="an extended header that no tar writes"):
        ustar.records(raw)


def test_a_size_of_a_record_counts_before_the_headers() -> None:
    assert ustar.size_of({"size": b"99999999999"}, 1) == 99999999999
    assert ustar.size_of({"path": b"a"}, 1) == 1


@pytest.mark.parametrize("text", [b"", b"-5", b"1.5", b"0x10", "٣".encode(), b"9" * 20])
def test_a_size_that_is_no_number_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="a size of"):
        ustar.size_of({"size": text}, 1)
