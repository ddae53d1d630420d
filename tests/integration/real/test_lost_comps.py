"""CentOS Stream's AppStream of 2025, whose mirror lost the compressed comps that its repomd.xml lists first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import realdata
from tests.integration.cli.airlock import Airlock

pytestmark = pytest.mark.integration


def test_a_repository_on_disk_that_lost_its_compressed_comps_is_solved_all_the_same(tmp_path: Path) -> None:
    names = ("cs9-baseos", "cs9-appstream")
    data = realdata.folder(*(f"repodata/{name}" for name in names))
    repos = [{"id": name, "baseurl": (data / "repodata" / name).as_uri()} for name in names]
    airlock = Airlock(tmp_path, tmp_path / "store")
    airlock.write({"rpms": {"repos": repos}})
    found = airlock("lock", "-m", "release.yaml", "--dry-run", "@ftp-server").out
    assert "vsftpd-" in found
