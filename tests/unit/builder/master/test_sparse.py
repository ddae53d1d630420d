"""A file that comes through a pipe: its bytes, its holes, and a disk that is full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from airlock_builder.master.sparse import receiving
from airlock_core.errors import MachineError

HOLE = 4 << 20


def test_what_comes_is_in_the_file_when_the_block_ends(tmp_path: Path) -> None:
    data = b"a" * 70_000 + bytes(HOLE) + b"b" + bytes(HOLE)
    with receiving(tmp_path / "x") as entry, os.fdopen(os.dup(entry), "wb") as pipe:
        pipe.write(data)
    assert (tmp_path / "x").read_bytes() == data


def test_zeros_take_no_space(tmp_path: Path) -> None:
    with receiving(tmp_path / "x") as entry, os.fdopen(os.dup(entry), "wb") as pipe:
        pipe.write(bytes(HOLE))
    about = (tmp_path / "x").stat()
    assert about.st_size == HOLE
    assert about.st_blocks * 512 < HOLE // 8


def test_that_it_could_not_be_written_is_told_and_not_what_came_of_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"of somebody else")
    with pytest.raises(MachineError, match="cannot be written"), receiving(tmp_path / "x") as entry:
        os.write(entry, b"more than a pipe holds" * 100_000)
    assert (tmp_path / "x").read_bytes() == b"of somebody else"
