"""registry.tar written by a process of its own, as a build writes it into its image.

``python -m tests.compose_process WHAT LOCK STORE TARGET``; WHAT: ``plan``, ``write``, ``compose`` (and verified).
"""

from __future__ import annotations

import sys
from io import FileIO
from pathlib import Path

from airlock_builder.master import composing
from airlock_builder.stage import registry_tar
from airlock_builder.stage.inputs import StoreView
from airlock_builder.store import Store
from airlock_core import strict_yaml
from airlock_core.iso import Extent, IsoFile
from airlock_core.locks.images import ImagesLock
from airlock_core.progress import silent


def main(what: str, lock: str, store: str, target: str) -> None:
    """Write the archive."""
    images = ImagesLock.from_data(strict_yaml.load(Path(lock)))
    plan = registry_tar.archive(images, StoreView(Store(Path(store))), epoch=0)
    place = IsoFile(plan.path, (Extent(0, plan.size),))
    with FileIO(target, "w+b") as file:
        if what == "write":
            composing.write(plan, file, place, silent)
        elif what == "compose":
            composing.compose(plan, file, place, silent)


if __name__ == "__main__":
    main(*sys.argv[1:])
