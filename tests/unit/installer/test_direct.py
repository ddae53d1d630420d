"""Files written past the page cache."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_installer.serve.direct import PIECE, Buffers, write


def pieces(data: bytes, buffer: memoryview) -> Iterator[memoryview]:
    """As an archive gives them: a full buffer at a time, each good until the next."""
    for at in range(0, len(data), len(buffer)):
        piece = buffer[: len(data) - at]
        piece[:] = data[at : at + len(piece)]
        yield piece


@pytest.mark.parametrize("length", [0, 1, 511, 512, 4095, 4096, 4097, PIECE, PIECE + 1, 2 * PIECE + 513])
def test_file_of_any_length_has_its_bytes(tmp_path: Path, length: int) -> None:
    data = os.urandom(length)
    with Buffers().borrowed() as buffer:
        write(tmp_path / "file", pieces(data, buffer), mode=0o644)
    assert (tmp_path / "file").read_bytes() == data


def test_pieces_that_begin_with_no_page_are_written_as_well(tmp_path: Path) -> None:
    data = memoryview(os.urandom(3 * PIECE))
    write(tmp_path / "file", [data[1:PIECE], bytes(data[PIECE:]), b"end"], mode=0o644)
    assert (tmp_path / "file").read_bytes() == bytes(data[1:]) + b"end"


def test_what_stood_there_goes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(5 * PIECE))
    write(tmp_path / "file", [b"new"], mode=0o644)
    assert (tmp_path / "file").read_bytes() == b"new"


def test_mode_is_as_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(tmp_path / "file", [b"data"], mode=0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644


def test_buffer_is_used_again_and_never_lent_twice() -> None:
    buffers = Buffers()
    with buffers.borrowed() as one, buffers.borrowed() as other:
        assert one is not other
    with buffers.borrowed() as again:
        assert again is one or again is other
    assert len(again) == PIECE
