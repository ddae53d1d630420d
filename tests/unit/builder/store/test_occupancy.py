"""Who is in a store: many, or one alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from airlock_builder import occupancy
from airlock_core.errors import HeldError, MachineError


def test_many_may_be_there_and_who_would_be_alone_is_told_of_them(tmp_path: Path) -> None:
    with occupancy.present(tmp_path), occupancy.present(tmp_path):
        with pytest.raises(HeldError, match=f"in use by process {os.getpid()}") as caught, occupancy.alone(tmp_path):
            pytest.fail("was alone")
        assert caught.value.where == str(tmp_path)
    with occupancy.alone(tmp_path):
        pass


def test_who_comes_while_one_is_alone_is_told_that_it_waits(tmp_path: Path) -> None:
    class Told(Exception):
        pass

    def waiting() -> None:
        raise Told

    with occupancy.alone(tmp_path), pytest.raises(Told), occupancy.present(tmp_path, waiting):
        pytest.fail("came in")


def test_a_store_that_cannot_be_made_is_the_matter_of_who_writes_to_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with occupancy.present(tmp_path / "file"):
        pass
    with pytest.raises(MachineError, match="cannot be written"), occupancy.alone(tmp_path / "file"):
        pytest.fail("was alone")
