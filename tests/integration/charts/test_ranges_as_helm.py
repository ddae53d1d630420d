"""The table of ranges, asked of Helm itself; its answers are kept until it, the table or the question changes."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.ranges import NEWEST, NO_RANGES, VERSIONS
from tests.standin import cache, helm
from tests.standin.charts import Chart, serve_in

pytestmark = pytest.mark.integration


def test_helm_takes_the_versions_of_the_table(served: Path, tmp_path: Path) -> None:
    texts = [*NEWEST, *NO_RANGES]

    def ask(folder: Path) -> None:
        serve_in(served, [Chart("a", version) for version in VERSIONS])
        address = (tmp_path / "address").read_text()
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(lambda text: asked(text, f"http://{address}", tmp_path), texts)
            (folder / "answers.json").write_text(json.dumps(dict(zip(texts, answers, strict=True))))

    kept = cache.artifact("helm-ranges", cache.key_of(helm.PACKAGE, repr(VERSIONS), repr(texts), Path(__file__)), ask)
    assert json.loads((kept / "answers.json").read_text()) == {**NEWEST, **dict.fromkeys(NO_RANGES)}


def asked(text: str, repository: str, home: Path) -> str | None:
    """The version that Helm takes for a range; None where it takes none."""
    words: list[str | Path] = [helm.program(), "show", "chart", "a", "--repo", repository, "--version", text]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return str(yaml.safe_load(done.stdout)["version"]) if done.returncode == 0 else None
