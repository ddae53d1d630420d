"""Which folder stands at which URL of the stand-in."""

import hashlib
from pathlib import Path

from tests.standin.cache import artifact, key_of
from tests.standin.fixtures import FILES, SMALL
from tests.standin.keys import PUBLIC_KEY

ISO_NAME = "pebble-8.10-x86_64-minimal.iso"


def small() -> dict[str, Path]:
    """Return the routes of what is committed."""
    return {"/small/": SMALL, "/files/": FILES, f"/keys/{PUBLIC_KEY.name}": PUBLIC_KEY}


def pebble() -> dict[str, Path]:
    """Return the routes of the big repository and the base ISO, which are made first where the cache lacks them."""
    from tests.standin import baseiso, packages  # here alone: the small release needs neither

    iso = baseiso.build()
    return {
        "/pebble/8/BaseOS/": packages.build(),
        f"/isos/{ISO_NAME}": iso,
        "/isos/CHECKSUM": checksum(iso) / "CHECKSUM",
    }


def checksum(iso: Path) -> Path:
    """Return the folder of the CHECKSUM file, as Rocky has one beside its ISOs; made once for each ISO in the cache."""

    def write(folder: Path) -> None:
        with iso.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        text = f"# {ISO_NAME}: {iso.stat().st_size} bytes\nSHA256 ({ISO_NAME}) = {digest}\n"
        (folder / "CHECKSUM").write_text(text)

    stat = iso.stat()
    return artifact("checksum", key_of(str(iso), f"{stat.st_size} {stat.st_mtime_ns}"), write)
