"""Real data from the field, which the project does not carry: read in place, or the test is skipped by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def folder(*needed: str) -> Path:
    """The folder of real data that holds what is needed: ``$AIRLOCK_TESTDATA``, else ``../shared/data``.

    Args:
        needed: files or folders in it, such as ``rpms/rocky8``.
    """
    place = Path(os.environ.get("AIRLOCK_TESTDATA") or ROOT.parent / "shared" / "data")
    missing = [name for name in needed if not (place / name).exists()]
    if missing:
        pytest.skip(f"no real data: {place} lacks {', '.join(missing)}; AIRLOCK_TESTDATA says where it is")
    return place
