"""What dnf itself makes of repositories, asked through its Python API, to compare ours with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.manifest.model import Repo
from tests.standin.run import ToolFailed, run

PYTHON = "/usr/bin/python3"
REFUSED = (3, 4)
"""libdnf's kinds of trouble with modules where an enabled stream cannot be active (``ModuleErrorType``)."""

Case = Mapping[str, Any]


def ask(
    repos: Sequence[Repo],
    cases: Sequence[Case],
    root: Path,
    *,
    major: int = 8,
    arch: str = "x86_64",
    visible: bool = False,
) -> list[dict[str, Any]]:
    """dnf's answers, one a case: ``packages``, or ``error``.

    Args:
        cases: what to ``install``, ``enable``, ``disable``, ``exclude``, leave out (``without``), and whether with
            ``weak`` dependencies and packages of ``every_arch``.
        root: an empty folder to be the system and to hold the cache.
        visible: ask what may be chosen instead of what is installed.
    """
    _needs_dnf()
    job = {
        "root": str(root),
        "major": major,
        "arch": arch,
        "visible": visible,
        "repos": [_repo(repo) for repo in repos],
        "cases": cases,
    }
    answer: list[dict[str, Any]] = json.loads(
        run(PYTHON, Path(__file__).with_name("ask_dnf.py"), stdin=json.dumps(job).encode())
    )
    return answer


@cache
def _needs_dnf() -> None:
    if not shutil.which("dnf"):
        pytest.skip("no dnf on this machine to compare with")
    try:
        run(PYTHON, "-c", "import dnf, libdnf")
    except ToolFailed:
        pytest.skip(f"{PYTHON} has no dnf to compare with")


def _repo(repo: Repo) -> dict[str, Any]:
    keys = ("id", "baseurl", "priority", "cost", "exclude", "include", "module_hotfixes")
    return {key: getattr(repo, key) for key in keys}
