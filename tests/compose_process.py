"""registry.tar written by a process of its own, as a build writes it into its image.

``python -m tests.compose_process LOCK STORE TARGET``
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
from airlock_core.locks.images import ImagesLock
from airlock_core.progress import silent


def main(lock: str, store: str, target: str) -> None:
    """Write the archive."""
    images = ImagesLock.from_data(strict_yaml.load(Path(lock)))
    plan = registry_tar.archive(images, StoreView(Store(Path(store))), epoch=0)
    with FileIO(target, "wb") as file:
        composing.compose(plan, file.write, silent)


if __name__ == "__main__":
    main(*sys.argv[1:])
