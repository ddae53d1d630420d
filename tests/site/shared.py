"""Which tests share a platform, where two processes run them; each has a platform of its own then.

xdist has a mark for that (``xdist_group``), which does nothing with this pytest.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

ALONE = ("test_appliance.py", "test_check.py", "test_ping.py", "test_prepared.py", "test_single.py")
"""Tests with machines of their own: a deployer, a site of one node."""
FAULTS = ("test_faults.py", "test_secrets.py", "test_cuts.py::test_whenever_landing")
"""Half of what is done to the guide's platform, by the time that it takes."""


class Scheduler(LoadScopeScheduling):  # type: ignore[misc]
    """Gives one process all tests that share a platform (pytest-xdist, "pytest_xdist_make_scheduler")."""

    def _split_scope(self, nodeid: str) -> Any:
        return group(nodeid)


def group(nodeid: str) -> str:
    """What shares a platform with a test, by pytest's name of it."""
    named = {"alone": ALONE, "faults": FAULTS}
    return next((name for name, parts in named.items() if any(part in nodeid for part in parts)), "guide")
