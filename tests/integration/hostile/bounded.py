"""`airlock` under hard limits, and what it used: forked, but in a soak, whose figures are kept, started."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import warm
from tests.integration.cli.airlock import PROGRAM
from tests.integration.hostile import limited
from tests.integration.hostile.corpus import soaking
from tests.warm import Ended

CPU_SECONDS, FILE_BYTES = 5, 512 << 20
"""What a run is held to; its address space to four times the bytes of a file."""
PEAK_BYTES = 256 << 20
"""The memory that a run must stay below."""
WAIT = 120.0
"""Seconds after which a run is taken to hang."""


def run(words: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> Ended:
    """Run `airlock` with some arguments to its end."""
    plain = [str(word) for word in words]
    if soaking():
        return _started(plain, folder, environment)
    return warm.program().run(warm.Order(plain, str(folder), environment, CPU_SECONDS, FILE_BYTES), seconds=WAIT)


def _started(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Ended:
    with tempfile.NamedTemporaryFile() as report:
        command = [sys.executable, "-S", limited.__file__, report.name, str(CPU_SECONDS), str(FILE_BYTES)]
        done = subprocess.run(
            [*command, PROGRAM, *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=True,
        )
        return Ended(out=done.stdout, err=done.stderr, **json.loads(Path(report.name).read_text()))
