"""Keys that will not do are told by lint, before anything is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock

pytestmark = pytest.mark.integration

MANIFESTS = Path(__file__).parents[3] / "manifests"


def test_a_key_that_the_platforms_rpm_cannot_import_is_a_warning_with_a_remedy(tmp_path: Path) -> None:
    airlock = Airlock(tmp_path, tmp_path / "store")
    told = " ".join(airlock("lint", "-m", MANIFESTS / "burrito-rocky9.yaml").err.split())
    assert "repos ceph, ceph-noarch: key 08B73419AC32B4E966C1A330E84AC2C0460F3994" in told
    assert "certified with SHA-1 or weaker alone; rpm of Enterprise Linux 9 cannot import it" in told
    assert "do: put a newer copy of the key into its file" in told
    assert "cannot import it" not in airlock("lint", "-m", MANIFESTS / "burrito-rocky8.yaml").err
