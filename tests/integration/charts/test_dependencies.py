"""What a chart depends on must come with it: the site has no network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.cli.airlock import Airlock
from tests.standin import helm
from tests.standin.charts import Chart, serve_in

pytestmark = pytest.mark.integration

REDIS = {"name": "redis", "version": "^17.0.0", "repository": "https://charts.example/stable"}


def lock(airlock: Airlock, chart: Chart, expect: int = 0) -> str:
    chart.unpack(airlock.folder / "drop")
    return airlock("lock", "-m", airlock.write({"charts": [{"folder": "drop"}], "locks": "."}), expect=expect).err


def test_a_dependency_that_lacks_is_named_with_where_it_stands(airlock: Airlock) -> None:
    asked = {"dependencies": [REDIS, {"name": "common", "version": "2.x"}]}
    told = lock(airlock, Chart("app", "1.0.0", asked, charts=(Chart("common", "2.1.0"),)), expect=3)
    assert "drop: lacks the chart redis ^17.0.0, on which it depends" in told
    assert "https://charts.example/stable" in told
    assert "common" not in told


def test_a_dependency_of_what_it_brings_along_is_looked_for_too(airlock: Airlock) -> None:
    inner = Chart("common", "2.1.0", {"dependencies": [REDIS]})
    asked = {"dependencies": [{"name": "common", "version": "2.x"}]}
    told = lock(airlock, Chart("app", "1.0.0", asked, charts=(inner,)), expect=3)
    assert "drop: charts/common: lacks the chart redis" in told


def test_a_dependency_as_an_archive_within_the_chart_is_there(airlock: Airlock) -> None:
    redis = Chart("redis", "17.0.1")
    lock(airlock, Chart("app", "1.0.0", {"dependencies": [REDIS]}, {f"charts/{redis.filename}": redis.archive}))


def test_requirements_of_old_charts_are_looked_at(airlock: Airlock) -> None:
    files = {"requirements.yaml": yaml.safe_dump({"dependencies": [REDIS]})}
    assert "lacks the chart redis" in lock(airlock, Chart("app", "1.0.0", {"apiVersion": "v1"}, files), expect=3)


def test_another_version_than_it_asks_for_is_noted(airlock: Airlock) -> None:
    told = lock(airlock, Chart("app", "1.0.0", {"dependencies": [REDIS]}, charts=(Chart("redis", "16.0.0"),)))
    assert "drop brings redis 16.0.0 along, and asks for ^17.0.0" in told


def test_a_lock_that_helm_wrote_is_believed_until_the_dependencies_change(
    airlock: Airlock, served: Path, tmp_path: Path
) -> None:
    serve_in(served, [Chart("redis", "17.0.1")])
    repository = f"http://{(tmp_path / 'address').read_text()}"
    more = {"condition": "redis.enabled", "tags": ["cache"], "alias": "store"}
    imported = {"import-values": [{"parent": "p", "child": "c"}, "data"]}
    asked: dict[str, Any] = {**REDIS, "repository": repository, **more, **imported}
    folder = Chart("app", "1.0.0", {"dependencies": [asked]}).unpack(airlock.folder / "drop")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run(
        [helm.program(), "dependency", "update", folder], env=environment, check=True, capture_output=True, timeout=60
    )
    manifest = airlock.write({"charts": [{"folder": "drop"}], "locks": "."})
    assert "Chart.lock" not in airlock("lock", "-m", manifest).err
    metadata = yaml.safe_load((folder / "Chart.yaml").read_text())
    metadata["dependencies"][0]["version"] = ">=17"
    (folder / "Chart.yaml").write_text(yaml.safe_dump(metadata))
    assert "its Chart.lock is not of the dependencies that it asks for" in airlock("lock", "-m", manifest).err
