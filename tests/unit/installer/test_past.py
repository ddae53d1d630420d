"""What a step's last run says of the next."""

from pathlib import Path

import pytest

from airlock_installer.ledger import Begun, Entry, Ledger
from airlock_installer.steps import past

NOW = {"vars.yml: x": "sha256:1"}


def _entry(folder: Path, *states: str) -> Entry:
    ledger = Ledger(folder / "ledger.sqlite")
    run = ledger.begin(Begun("ha", "clex", inputs=NOW), folder)
    for state in states:
        ledger.move(run.id, state)
    return ledger.entry(run.id)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ((), "was cut while it was applied: gone on with"),
        (("applied",), "was cut before its gate had passed: gone on with"),
        (("applied", "verified"), "was cut after its gate had passed: gone on with"),
        (("failed",), "failed: run again"),
        (("interrupted",), "was interrupted: run again"),
    ],
)
def test_run_that_was_not_the_end_of_it_is_told_of(tmp_path: Path, states: tuple[str, ...], told: str) -> None:
    text = past.told(_entry(tmp_path, *states))
    assert text.startswith("run 1 of 20")
    assert text.endswith(f" UTC by clex {told}")


def test_there_is_nothing_to_tell_of_what_is_done_or_was_never_run(tmp_path: Path) -> None:
    assert past.told(None) == ""
    assert past.told(_entry(tmp_path, "applied", "verified", "committed")) == ""


@pytest.mark.parametrize(
    ("states", "unfinished"),
    [
        ((), True),
        (("failed",), True),
        (("interrupted",), True),
        (("applied", "failed"), False),
        (("committed",), False),
    ],
)
def test_handlers_may_be_owed_where_the_work_did_not_end(
    tmp_path: Path, states: tuple[str, ...], unfinished: bool
) -> None:
    assert past.is_unfinished(_entry(tmp_path, *states)) is unfinished


def test_step_is_done_with_the_same_inputs_alone(tmp_path: Path) -> None:
    entry = _entry(tmp_path, "applied", "verified", "committed")
    assert past.is_done(entry, NOW)
    assert not past.is_done(entry, {"vars.yml: x": "sha256:2"})
    assert past.touched(entry, {"vars.yml: x": "sha256:2"}) == ["vars.yml: x"]
