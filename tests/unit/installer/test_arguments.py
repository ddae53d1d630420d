"""What ansible-playbook's own arguments make of a run, and that no value of a variable is kept."""

import pytest

from airlock_core.errors import UsageError
from airlock_installer.steps.arguments import kind, shown, tells_all
from airlock_installer.steps.playbook import check_arguments


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "full"),
        ("-vvv --forks 5", "full"),
        ("--check", "dry"),
        ("--chec", "dry"),
        ("-C", "dry"),
        ("-DCv", "dry"),
        ("--list-tasks", "dry"),
        ("--syntax-check", "dry"),
        ("--limit control1", "partial"),
        ("--limit=control1", "partial"),
        ("-lcontrol1", "partial"),
        ("-l C", "partial"),
        ("-t ntp", "partial"),
        ("--skip-tags x", "partial"),
        ("--start-at-task x", "partial"),
        ("-e C=1", "full"),
        ("-eCt=1", "full"),
        ("-f5", "full"),
        ("--diff", "full"),
    ],
)
def test_kind_of_a_run_follows_its_arguments(words: str, expected: str) -> None:
    assert kind(words.split()) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [("", False), ("-vvv", True), ("-Dv", True), ("--verbose", True), ("-e v=v", False), ("--limit v", False)],
)
def test_all_that_ansible_prints_is_told_where_it_is_asked_for(words: str, expected: bool) -> None:
    assert tells_all(words.split()) is expected


def test_what_ansible_playbook_would_refuse_is_refused_before_anything_begins() -> None:
    check_arguments(["--limit", "control1", "-vvv", "-e", "a=b"])
    with pytest.raises(UsageError, match="ansible-playbook: unrecognized arguments: --nonesuch"):
        check_arguments(["--nonesuch"])
    with pytest.raises(UsageError, match="argument -l/--limit: expected one argument"):
        check_arguments(["--limit", "-vvv"])


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("-e pw=x -v", "-e *** -v"),
        ("-epw=x", "-e***"),
        ("-ve pw=x", "-ve ***"),
        ("--extra-vars=pw=x", "--extra-vars=***"),
        ("--extra-vars pw=x", "--extra-vars ***"),
        ("--extra pw=x", "--extra ***"),
        ("-e @file.yml --limit c1", "-e @file.yml --limit c1"),
    ],
)
def test_values_of_variables_are_not_kept(words: str, kept: str) -> None:
    assert " ".join(shown(words.split())) == kept
