"""The ISO of ``make demo``, for the layers that boot it."""

import fcntl
import subprocess
import sys
from pathlib import Path

from tools.demo import FOLDER, ISO

ROOT = Path(__file__).parents[1]
SECONDS = 900
UP = "until systemctl is-active --quiet airlock.target; do sleep 0.2; done"
"""What ends as soon as a deployer has come up by itself, be it well or not: the target is after all its services."""


def built() -> Path:
    """Build it anew from its locks and the store; where two want it at once, one after the other."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([sys.executable, "-m", "tools.demo", "build"], cwd=ROOT, check=True, timeout=SECONDS)
    return ISO
