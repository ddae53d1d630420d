"""Run one command under hard limits, and say what it used; a program of its own, so that it is small when it forks.

    python limited.py REPORT SECONDS BYTES COMMAND…

SECONDS of CPU end the command with SIGKILL; BYTES bound every file that it writes and, four times over, its address
space: a net under the machine. The peak of its memory is measured and written with the rest to REPORT.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path


def main(report: str, seconds: str, size: str, *command: str) -> None:
    """Run ``command``, wait for it, and write its status, CPU seconds and peak memory in bytes to ``report``."""
    pid = os.fork()
    if pid == 0:
        _limit(resource.RLIMIT_CPU, int(seconds))
        _limit(resource.RLIMIT_FSIZE, int(size))
        _limit(resource.RLIMIT_AS, 4 * int(size))
        os.execv(command[0], command)
    _, status, used = os.wait4(pid, 0)
    facts = {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
    }
    Path(report).write_text(json.dumps(facts))


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main(*sys.argv[1:])
