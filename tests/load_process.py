"""A load as a process of its own: ``python -m tests.load_process ARCHIVE LOCK STORAGE [EVENT]``.

Prints what it did as JSON; ends with the exit code of the error. With EVENT it kills itself with SIGKILL at that of the
events that the interpreter tells of its own dealings with files (sys.audit: opening, making, renaming, removing); with
EVENT 0 it prints how many there are.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from airlock_core import strict_yaml
from airlock_core.errors import AirlockError
from airlock_core.locks.images import ImagesLock
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage

FILE_EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree")


def main(archive: str, lock: str, storage: str, event: str = "") -> int:
    """Load, and say what was done."""
    images = ImagesLock.from_data(strict_yaml.load(Path(lock))).images
    count = _watched(int(event)) if event else itertools.count()
    try:
        loaded = load(Path(archive), images, RegistryStorage(Path(storage)))
    except AirlockError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps({**asdict(loaded), "events": next(count)}))
    return 0


def _watched(last: int) -> itertools.count[int]:
    count = itertools.count(1)

    def note(name: str, arguments: tuple[object, ...]) -> None:
        if name in FILE_EVENTS and next(count) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)
    return count


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
