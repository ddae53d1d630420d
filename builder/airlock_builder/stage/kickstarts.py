"""The kickstarts of the medium, rendered."""

from __future__ import annotations

from pathlib import PurePosixPath

from airlock_builder.manifest import kickstart
from airlock_builder.manifest.model import Manifest
from airlock_core import media

_PATHS = {"deployer": media.DEPLOYER_KS, "node": media.NODE_KS}


def kickstarts(manifest: Manifest) -> dict[PurePosixPath, str]:
    """The text of each kickstart by its path on the medium; those that the manifest has.

    Raises:
        InputError, Faults: a template's part is missing, or nothing fills a placeholder.
    """
    return {_PATHS[name]: rendered.text for name, rendered in kickstart.render_all(manifest).items()}
