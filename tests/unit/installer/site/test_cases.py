"""Sites as folders: what ``check`` says of each stands in its ``expected`` (``AIRLOCK_REWRITE=1`` writes it anew)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from airlock_installer.site.judging import judge
from airlock_installer.site.site import read

CASES = Path(__file__).parent / "cases"


def _said(folder: Path) -> str:
    lines = [line for fault in judge(read(folder), {}).faults for line in fault.lines()]
    return "".join(f"{line}\n" for line in lines).replace(f"{_shown(folder)}/", "")


def _shown(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_what_is_said_of_a_site_is_what_its_folder_expects(name: str) -> None:
    said, expected = _said(CASES / name), CASES / name / "expected"
    if os.environ.get("AIRLOCK_REWRITE"):
        expected.write_text(said)
    assert said == expected.read_text()


def test_no_secret_of_the_files_is_in_what_is_said() -> None:
    assert "planted" not in _said(CASES / "secrets")
