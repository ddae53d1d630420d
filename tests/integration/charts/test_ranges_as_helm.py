"""The table of ranges, asked of Helm itself."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.ranges import NEWEST, NO_RANGES, VERSIONS
from tests.standin import helm
from tests.standin.charts import Chart, serve_in

pytestmark = pytest.mark.integration


def test_helm_takes_the_versions_of_the_table(served: Path, tmp_path: Path) -> None:
    serve_in(served, [Chart("a", version) for version in VERSIONS])
    repository = f"http://{(tmp_path / 'address').read_text()}"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def asked(text: str) -> str | None:
        words: list[str | Path] = [helm.program(), "show", "chart", "a", "--repo", repository, "--version", text]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return str(yaml.safe_load(done.stdout)["version"]) if done.returncode == 0 else None

    with ThreadPoolExecutor(2) as pool:
        texts = [*NEWEST, *NO_RANGES]
        found = dict(zip(texts, pool.map(asked, texts), strict=True))
    assert found == {**NEWEST, **dict.fromkeys(NO_RANGES)}
