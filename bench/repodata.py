"""``python -m bench.repodata MANIFEST STORE FOLDER``: a medium's repository metadata alone, as `build iso` makes it."""

from __future__ import annotations

import sys
from pathlib import Path

from airlock_builder import pipeline
from airlock_builder.stage import repo
from airlock_builder.stage.inputs import StoreView
from airlock_builder.stage.written import Staging
from airlock_builder.store import Store
from airlock_core.progress import silent
from airlock_core.release import DEFAULT_EPOCH


def main(manifest_path: str, store: str, folder: str) -> None:
    """Write the metadata below a folder."""
    manifest = pipeline.load(Path(manifest_path))
    locks = pipeline.read_locks(pipeline.locks_folder(manifest, Path(manifest_path)))
    made = repo.repository(
        locks.rpms, StoreView(Store(Path(store))), Staging(Path(folder)), epoch=DEFAULT_EPOCH, tell=silent
    )
    print(sum(1 for _ in made), "files")


if __name__ == "__main__":
    main(*sys.argv[1:])
