"""Many runs of ``airlock-site`` that begin at once: ``python -m tests.engine_crowd COUNT FOLDER COMMAND…``.

Each is a process, forked from one that has made all imports, and waits for the others before it begins. Each leaves
``PID.err`` below FOLDER, and has ``PID.status`` there when it has ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from airlock_installer import cli
from tests.engine_process import commands


def main(count: int, folder: Path, words: list[str]) -> None:
    """Start them, and wait for all."""
    group = commands()
    waits, begins = os.pipe()
    for _ in range(count):
        if os.fork() == 0:
            os.close(begins)
            os.read(waits, 1)  # nothing is ever written: it returns when the last writer is gone
            _send_output_to(folder / f"{os.getpid()}.err")
            status = cli.run(words, group)
            sys.stdout.flush()
            os._exit(status)
    os.close(begins)
    for _ in range(count):
        pid, status = os.wait()
        (folder / f"{pid}.status").write_text(str(os.waitstatus_to_exitcode(status)))


def _send_output_to(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
