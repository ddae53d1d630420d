"""A lock that gains hundreds of packages at once, in a log: short, and still saying what happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin import synthetic
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import files
from tests.standin.upstream.server import serve
from tests.standin.upstream.upstream import mirror_args

pytestmark = pytest.mark.integration

COUNT = 300
SHORT = 60
"""Lines that somebody reads in a log."""


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[Airlock]:
    """A release that was locked with next to nothing, and now asks for all that there is."""
    repo = {"id": "many", "baseurl": "http://many.test/many", "gpgkey": [str(PUBLIC_KEY)]}
    head = {"platform": {"os": "rocky", "release": "9.4"}, "locks": "."}
    name = sorted(path.name.rsplit("-", 2)[0] for path in synthetic.build(COUNT).rglob("*.rpm"))[0]
    with serve(files.source({"/many/": synthetic.build(COUNT)})) as server:
        airlock = Airlock(tmp_path, tmp_path / "store", tuple(mirror_args({"many.test": server.address})))
        airlock.write({**head, "rpms": {"repos": [repo], "packages": [name]}})
        airlock("lock", "-m", "release.yaml")
        airlock.write({**head, "rpms": {"repos": [repo], "packages": ["*"]}})
        yield airlock


def test_a_quiet_lock_tells_the_count_a_few_of_them_and_the_file(grown: Airlock) -> None:
    told = grown("lock", "-m", "release.yaml", "-q")
    lines = told.out.splitlines()
    assert told.err == ""
    assert len(lines) < SHORT
    assert lines[0].startswith("rpms")
    assert lines[0].endswith(" added")
    assert lines[-1].endswith(": wrote rpms.lock")
    assert any(line.endswith("more: -v lists them") for line in lines)


def test_progress_in_a_log_has_no_line_for_each_package(grown: Airlock) -> None:
    err = grown("lock", "-m", "release.yaml", "--check", expect=7).err
    assert "lock  signatures  " in err
    assert len(err.splitlines()) < SHORT
