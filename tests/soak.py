"""How many cases the tests of docs' promised counts run: a sample each time, all of them with ``make soak``."""

from __future__ import annotations

import os

FULL = os.environ.get("AIRLOCK_SOAK") == "1"


def cases(sample: int, full: int) -> int:
    """How many cases to run.

    Args:
        sample: in the ordinary run, which has to be quick.
        full: as promised.
    """
    return full if FULL else sample
