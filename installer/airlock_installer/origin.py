"""Which release the site is installed from: for the ledger and the report."""

from __future__ import annotations

from typing import Any

from airlock_core import media
from airlock_core.digest import Digest
from airlock_core.release import Release
from airlock_installer.layout import Layout


def origin(layout: Layout) -> dict[str, Any]:
    """The release on the medium, else the one that this deployer was installed from, with its digests; else nothing.

    Raises:
        InputError: its root document is damaged.
    """
    for path in (layout.medium / media.RELEASE_JSON, layout.release_json):
        try:
            raw = path.read_bytes()
        except OSError:
            continue
        release = Release.loads(raw, where=str(path))
        return {
            "name": release.name,
            "version": release.version,
            "number": release.number,
            "label": release.label,
            "platform": f"{release.os} {release.os_release} {release.arch}",
            "epoch": release.epoch,
            "digest": str(Digest.sha256(raw)),
            "manifest": str(release.manifest),
            "locks": {name: str(digest) for name, digest in release.locks.items()},
            "options": list(release.options),
        }
    return {}
