"""A site that is installed from networks: it needs no medium, and what this release cannot do there is said before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airlock_installer.layout import Layout

pytestmark = [pytest.mark.integration, pytest.mark.long]


def run(root: Path, *words: str, expect: int = 0) -> tuple[Any, str]:
    environment = {**os.environ, "AIRLOCK_ROOT": str(root)}
    command = [sys.executable, "-m", "airlock_installer", *words, "--json", "--site", str(root / "site")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    return json.loads(done.stdout), done.stderr


def test_site_of_networks_needs_no_medium_and_is_told_what_cannot_be_done_before_it_begins(tmp_path: Path) -> None:
    made, _ = run(tmp_path, "prepare", "--online")
    assert (made["online"], made["made"], made["changed"]) == (True, [], True)
    assert run(tmp_path, "prepare")[0]["changed"] is False, "the choice is remembered"
    told, _ = run(tmp_path, "status")
    assert told["online"] is True
    assert {"registry", "landing"} & set(told["steps"]) == set()
    assert not any(step["available"] for step in told["steps"].values())
    for words in (["install"], ["install", "--until", "preflight"], ["run", "preflight"], ["drill", "ha"]):
        assert "installation from networks, where this release does not have" in run(tmp_path, *words, expect=2)[1]
    assert not Layout(tmp_path).ledger.exists()


def test_site_is_installed_from_the_medium_as_long_as_nothing_else_is_said(tmp_path: Path) -> None:
    assert "no medium" in run(tmp_path, "prepare", expect=6)[1]
    run(tmp_path, "prepare", "--online")
    assert "no medium" in run(tmp_path, "prepare", "--offline", expect=6)[1]
    told, _ = run(tmp_path, "status")
    assert told["online"] is False
    assert {"registry", "landing"} <= set(told["steps"])
