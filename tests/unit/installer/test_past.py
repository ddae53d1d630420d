"""What a step's last run says of the next."""

from pathlib import Path

import pytest

from airlock_installer.ledger import Begun, Entry, Ledger
from airlock_installer.steps import past

NOW = {"vars.yml: x": "sha256:1"}


PART = "part"
CUT = (PART,)
FAILED_IN_ITS_GATE = (PART, "applied", "failed")
PASSED = (PART, "applied", "verified")
DONE = ("applied", "verified", "committed")


def _entry(folder: Path, *states: str) -> Entry:
    ledger = Ledger(folder / "ledger.sqlite")
    kind, arguments = ("partial", ["--limit", "c1"]) if PART in states else ("full", [])
    run = ledger.begin(Begun("ha", "clex", kind=kind, inputs=NOW, arguments=arguments), folder)
    for state in states:
        if state != PART:
            ledger.move(run.id, state)
    return ledger.entry(run.id)


def _runs(folder: Path, *runs: tuple[str, ...]) -> list[Entry]:
    """Runs with the states that each came to, the first first."""
    for states in runs:
        _entry(folder, *states)
    return Ledger(folder / "ledger.sqlite").runs("ha")


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


def test_run_of_a_part_is_told_of_with_what_was_asked_for(tmp_path: Path) -> None:
    assert past.told(_entry(tmp_path, PART)).endswith("by clex with --limit c1 was cut while it was applied: run again")
    assert past.told(_entry(tmp_path, *FAILED_IN_ITS_GATE)).endswith("by clex with --limit c1 failed: run again")


@pytest.mark.parametrize(
    ("runs", "owing"),
    [
        ([], None),
        ([()], 1),
        ([("failed",)], 1),
        ([("interrupted",)], 1),
        ([("applied",)], None),
        ([("applied", "interrupted")], None),
        ([("applied", "failed")], 1),
        ([("committed",)], None),
        ([DONE, CUT], 2),
        ([DONE, (PART, "failed")], 2),
        ([DONE, FAILED_IN_ITS_GATE], 2),
        ([DONE, PASSED], None),
        ([DONE, CUT, PASSED], 2),
        ([DONE, CUT, DONE], None),
        ([DONE, CUT, ("applied",)], None),
        ([DONE, CUT, ("applied", "failed")], 3),
        ([("applied",), CUT], 2),
    ],
)
def test_handlers_are_owed_until_a_whole_run_made_up_for_them(
    tmp_path: Path, runs: list[tuple[str, ...]], owing: int | None
) -> None:
    found = past.unfinished(_runs(tmp_path, *runs))
    assert (found and found.id) == owing


@pytest.mark.parametrize(
    ("runs", "passed"),
    [
        ([], False),
        ([PASSED], False),
        ([("applied",)], False),
        ([DONE], True),
        ([DONE, ("failed",), PASSED], False),
        ([DONE, CUT], False),
        ([DONE, (PART, "applied", "interrupted")], False),
        ([DONE, FAILED_IN_ITS_GATE], False),
        ([DONE, FAILED_IN_ITS_GATE, PASSED], True),
        ([DONE, FAILED_IN_ITS_GATE, DONE], True),
    ],
)
def test_what_follows_waits_until_the_gate_passed_after_a_run_of_a_part_too(
    tmp_path: Path, runs: list[tuple[str, ...]], passed: bool
) -> None:
    assert past.has_passed(_runs(tmp_path, *runs)) is passed


@pytest.mark.parametrize(
    ("runs", "lacking"),
    [
        ([PASSED], None),
        ([DONE, PASSED], None),
        ([("applied",)], 1),
        ([("applied",), PASSED], 1),
        ([DONE, CUT, PASSED], 2),
        ([DONE, (PART, "applied")], 2),
    ],
)
def test_run_is_named_for_whose_sake_a_step_is_looked_at_again(
    tmp_path: Path, runs: list[tuple[str, ...]], lacking: int | None
) -> None:
    found = past.lacking(_runs(tmp_path, *runs))
    assert (found and found.id) == lacking


@pytest.mark.parametrize(
    ("runs", "gate_alone"),
    [([("applied",)], True), ([("applied", "verified")], True), ([DONE], False), ([("applied",), CUT], False)],
)
def test_gate_alone_is_gone_on_with_where_nothing_was_run_since(
    tmp_path: Path, runs: list[tuple[str, ...]], gate_alone: bool
) -> None:
    assert past.lacks_its_gate(_runs(tmp_path, *runs), NOW) is gate_alone
    assert not past.lacks_its_gate(_runs(tmp_path, *runs), {})


def test_step_is_done_with_the_same_inputs_alone(tmp_path: Path) -> None:
    entry = _entry(tmp_path, "applied", "verified", "committed")
    assert past.is_done([entry], NOW)
    assert not past.is_done([entry], {"vars.yml: x": "sha256:2"})
    assert past.touched(entry, {"vars.yml: x": "sha256:2"}) == ["vars.yml: x"]


@pytest.mark.parametrize("since", [CUT, FAILED_IN_ITS_GATE, (PART, "applied")])
def test_step_is_not_done_while_a_run_of_a_part_of_it_left_something_to_do(
    tmp_path: Path, since: tuple[str, ...]
) -> None:
    assert not past.is_done(_runs(tmp_path, DONE, since), NOW)
    assert past.is_done(_runs(tmp_path, DONE), NOW)
