"""`airlock diff` over folders of locks: what it prints, to the letter."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from airlock_builder.cli.main import airlock

CASES = Path(__file__).parent / "diffs"
PACKAGES = ("packages/old/rpms.lock", "packages/new/rpms.lock")
ADVISORIES = ("advisories/old/rpms.lock", "advisories/new/rpms.lock", "--updateinfo", "advisories/updateinfo.xml")


def run(monkeypatch: pytest.MonkeyPatch, *words: str, expect: int = 0) -> str:
    monkeypatch.chdir(CASES)
    done = CliRunner().invoke(airlock, ["diff", *words], standalone_mode=False)
    assert done.exception is None, done.exception
    assert (done.return_value or 0) == expect
    return done.stdout


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("packages", PACKAGES),
        ("architectures", ("architectures/old/rpms.lock", "architectures/new/rpms.lock")),
        ("contents", ("contents/old", "contents/new")),
        ("metadata-alone", ("metadata-alone/old/rpms.lock", "metadata-alone/new/rpms.lock")),
        ("advisories", ADVISORIES),
        ("advisories/all", (*ADVISORIES, "-v")),
    ],
)
def test_differences_read_as_they_should(monkeypatch: pytest.MonkeyPatch, case: str, words: tuple[str, ...]) -> None:
    expected = CASES / f"{case}.txt" if "/" in case else CASES / case / "expected.txt"
    assert run(monkeypatch, *words) == expected.read_text()


def test_no_line_is_wider_than_a_terminal() -> None:
    wide = [line for path in CASES.rglob("*.txt") for line in path.read_text().splitlines() if len(line) > 80]
    assert not [line for line in wide if "→" not in line or not line.startswith("    ")]


def test_the_exit_code_tells_of_a_difference_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, *PACKAGES)
    run(monkeypatch, *PACKAGES, "--exit-code", expect=1)
    run(monkeypatch, PACKAGES[0], PACKAGES[0], "--exit-code")


def test_newer_metadata_of_the_same_packages_is_told_and_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("metadata-alone/old/rpms.lock", "metadata-alone/new/rpms.lock", "--exit-code")
    assert "metadata of another day" in run(monkeypatch, *words)


def test_programs_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.loads(run(monkeypatch, *PACKAGES, "--json"))
    assert data["differs"] is True
    assert data["counts"]["rpms"]["upgraded"] == 6
    assert {"part": "rpms", "kind": "signer", "name": "chrony", "arch": "x86_64", "old": "A" * 40, "new": "B" * 40} in [
        change for change in data["changes"] if change["name"] == "chrony"
    ]
    data = json.loads(run(monkeypatch, *ADVISORIES, "--json"))
    assert data["advisories"]["cves_gained"] == ["CVE-2024-0002", "CVE-2024-0006", "CVE-2025-0003"]
    assert data["advisories"]["cves_lost"] == ["CVE-2024-0004"]
    assert [one["id"] for one in data["advisories"]["open"]] == ["RHSA-2024:5"]
