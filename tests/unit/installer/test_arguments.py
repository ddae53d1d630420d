"""What ansible-playbook's own arguments make of a run, and that no value of a variable is kept."""

import pytest

from airlock_installer.steps.arguments import kind, shown


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
