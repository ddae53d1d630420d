"""Work done by a copy of the process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from airlock_core import forks
from airlock_core.errors import VerificationError

LONG = b"0123456789" * 500_000
"""More than a pipe holds."""


@contextmanager
def company() -> Iterator[None]:
    """Another thread, beside which no copy can be made."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@pytest.fixture(params=[False, True], ids=["alone", "beside another thread"], autouse=True)
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param:
        with company():
            yield
    else:
        yield


def read_all(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def children() -> str:
    return "".join(sorted(path.read_text() for path in Path("/proc/self/task").glob("*/children")))


def test_a_reader_gets_all_that_is_written() -> None:
    with forks.fed(lambda target: target.write(LONG)) as descriptor:
        assert read_all(descriptor) == LONG


def test_what_the_writer_raises_is_raised_with_its_words() -> None:
    def write(target: BinaryIO) -> None:
        target.write(LONG)
        raise VerificationError("cut short", where="primary.xml")

    with pytest.raises(VerificationError, match=r"primary\.xml: cut short"), forks.fed(write) as descriptor:
        read_all(descriptor)


def test_the_writers_failure_is_told_rather_than_what_the_reader_made_of_half_a_file() -> None:
    def write(target: BinaryIO) -> None:
        target.write(b"<half")
        raise VerificationError("cut short")

    with pytest.raises(VerificationError, match="cut short"), forks.fed(write):
        raise VerificationError("not well-formed")


def test_a_reader_may_stop_early_and_fail() -> None:
    with pytest.raises(KeyError), forks.fed(lambda target: target.write(LONG)):
        raise KeyError


def test_work_beside_a_block_is_done_when_the_block_has_ended(tmp_path: Path) -> None:
    with forks.beside(lambda: (tmp_path / "made").write_text("whole")):
        pass
    assert (tmp_path / "made").read_text() == "whole"


def test_the_failure_of_work_beside_a_block_is_raised(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), forks.beside(lambda: (tmp_path / "no" / "made").write_text("")):
        pass


def test_no_copy_outlives_its_block() -> None:
    before = children()
    with pytest.raises(KeyboardInterrupt), forks.fed(lambda target: target.write(LONG)):
        raise KeyboardInterrupt
    assert children() == before
