"""Who holds the site is told; who died does not hold it."""

import json
import os
from pathlib import Path

import pytest

from airlock_core.errors import HeldError
from airlock_installer import holder


def test_second_run_is_told_of_the_first_with_its_step(tmp_path: Path) -> None:
    lock = tmp_path / "run/lock"
    with holder.hold(lock, "install") as hold:
        hold.at("preflight")
        with pytest.raises(HeldError) as told, holder.hold(lock, "run ha"):
            pass
    what = told.value.what
    assert what.startswith(f"the site is held by `install` of {holder.user()}, process {os.getpid()}, since ")
    assert what.endswith("UTC, at the step preflight")


def test_nobody_holds_it_afterwards(tmp_path: Path) -> None:
    with holder.hold(tmp_path / "lock", "install"):
        assert holder.present(tmp_path / "lock") is not None
    assert holder.present(tmp_path / "lock") is None
    with holder.hold(tmp_path / "lock", "install"):
        pass


@pytest.mark.parametrize("started", [0, 12])
def test_process_that_has_the_number_of_a_dead_holder_is_not_taken_for_it(tmp_path: Path, started: int) -> None:
    lock = tmp_path / "lock"
    dead = {"pid": os.getpid(), "started": started, "user": "clex", "since": 0.0, "command": "install", "step": ""}
    lock.write_text(json.dumps(dead))
    assert holder.present(lock) is None
    with holder.hold(lock, "install"):
        pass


@pytest.mark.parametrize("text", ["", "not said", "{}", '{"pid": 1}'])
def test_words_that_no_holder_wrote_name_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    assert holder.present(tmp_path / "lock") is None
