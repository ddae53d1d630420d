import pytest

from airlock_core.errors import (
    Attempts,
    ExitCode,
    Faults,
    InputError,
    MachineError,
    UpstreamError,
    VerificationError,
    raise_all,
)


def test_an_error_says_what_where_why_and_what_to_do() -> None:
    error = InputError("wrong", where="m.yaml: a.b", why="because", todo="change it")
    assert error.lines() == ["m.yaml: a.b: wrong", "  why: because", "  do:  change it"]
    assert error.to_json() == {"what": "wrong", "where": "m.yaml: a.b", "why": "because", "do": "change it"}


def test_the_exit_codes_are_those_of_the_contract() -> None:
    errors = (InputError("a"), VerificationError("a"), UpstreamError("a"), MachineError("a"))
    assert [error.exit_code for error in errors] == [3, 4, 5, 6]
    assert int(ExitCode.HELD) == 10


def test_several_faults_are_told_together_with_the_code_of_the_first() -> None:
    faults = Faults("two", [VerificationError("a", where="x"), InputError("b")], todo="mend")
    assert faults.lines() == ["two", "x: a", "b", "  do:  mend"]
    assert faults.exit_code == ExitCode.VERIFICATION


def test_raising_all_raises_nothing_one_or_all() -> None:
    raise_all("x", [])
    with pytest.raises(InputError):
        raise_all("x", [InputError("a")])
    with pytest.raises(Faults):
        raise_all("x", [InputError("a"), InputError("b")])


def test_faults_without_a_fault_is_a_defect() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Faults("x", [])


def test_a_remedy_of_several_faults_in_a_row_is_said_once_below_them() -> None:
    faults = [InputError("a", todo="mend"), InputError("b", todo="mend"), InputError("c", todo="leave")]
    assert Faults("three", faults).lines() == ["three", "a", "b", "  do:  mend", "c", "  do:  leave"]


def test_the_same_fault_is_told_once() -> None:
    assert Faults("two", [InputError("a", why="b"), InputError("a", why="b")]).lines() == ["two", "a", "  why: b"]


def fail(error: Exception) -> int:
    raise error


def test_attempts_keep_the_failures_of_all_parts() -> None:
    attempts = Attempts()
    several = Faults("two", [InputError("a"), InputError("b")])
    assert attempts.attempt(lambda: 7, 0) == 7
    assert attempts.attempt(lambda: fail(several), 0) == 0
    assert attempts.attempt(lambda: fail(UpstreamError("c")), 0) == 0
    assert [fault.what for fault in attempts.faults] == ["a", "b", "c"]


def test_a_failure_of_the_machine_ends_the_attempts() -> None:
    with pytest.raises(MachineError):
        Attempts().attempt(lambda: fail(MachineError("no space")), 0)


def test_a_strangers_text_cannot_move_a_terminals_cursor() -> None:
    fault = InputError("a\x1b[2Jb", where="c\rd", why="e\u202ef\n\tg")
    assert fault.lines() == ["c\\u000dd: a\\u001b[2Jb", "  why: e\\u202ef\n\tg"]
