"""Which folder stands at which URL of the stand-in."""

import hashlib
from pathlib import Path

from tests.standin.fixtures import FILES, SMALL
from tests.standin.keys import PUBLIC_KEY

ISO_NAME = "pebble-8.10-x86_64-minimal.iso"


def small() -> dict[str, Path]:
    """Return the routes of what is committed."""
    return {"/small/": SMALL, "/files/": FILES, f"/keys/{PUBLIC_KEY.name}": PUBLIC_KEY}


def pebble(state: Path) -> dict[str, Path]:
    """Return the routes of the big repository and the base ISO, which are made first where the cache lacks them.

    A CHECKSUM file, as Rocky has one beside its ISOs, is written into ``state``.
    """
    from tests.standin import baseiso, packages  # here alone: the small release needs neither

    iso = baseiso.build()
    return {
        "/pebble/8/BaseOS/": packages.build(),
        f"/isos/{ISO_NAME}": iso,
        "/isos/CHECKSUM": _write_checksum(iso, state / "CHECKSUM"),
    }


def _write_checksum(iso: Path, target: Path) -> Path:
    with iso.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"# {ISO_NAME}: {iso.stat().st_size} bytes\nSHA256 ({ISO_NAME}) = {digest}\n")
    return target
