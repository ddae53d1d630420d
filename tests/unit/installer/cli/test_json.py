"""With --json every command says one object, on a machine where next to nothing is there too."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from airlock_installer import cli
from airlock_installer.site import samples

BARE = [
    *("media status", "media mount", "media verify", "serve up", "serve status", "check --files", "check", "status"),
    *("vault --list", "ping", "install", "run preflight", "run nonesuch", "drill ha", "logs preflight", "report"),
    *("doctor --quick", "support-bundle --list", "schema", "schema ceph", "prepare", "nonesuch"),
]
"""Commands as they are typed; none of these changes the machine that it runs on."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine below a folder, and an empty site, which is the current folder."""
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "root").mkdir()
    monkeypatch.setenv("AIRLOCK_ROOT", str(tmp_path / "root"))
    monkeypatch.chdir(site)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return site


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("words", BARE)
def test_every_command_says_one_object_with_the_exit_code_of_its_failure(
    here: Path, capfd: pytest.CaptureFixture[str], words: str, filled: bool
) -> None:
    if filled:
        samples.write_one_node(here)
    code = cli.run([*words.split(), "--json"])
    told = capfd.readouterr()
    answer = json.loads(told.out)
    assert isinstance(answer, dict)
    assert answer.get("exit", code) == code
    assert ("error" in answer and answer["error"] is not None) <= (code != 0)
    assert "Traceback" not in told.err
    assert code != 1, answer
