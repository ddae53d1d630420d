"""What a collection of the manifest is called in a lock."""

from __future__ import annotations

import os
from pathlib import Path

from airlock_builder.manifest.model import ArchiveCollection
from airlock_builder.remote.folderfiles import reference


def archive_url(one: ArchiveCollection, root: Path) -> str:
    """The path of an archive from the manifest's folder, as locks name what stands on this machine."""
    return reference(os.path.relpath(one.archive, root.absolute()))
