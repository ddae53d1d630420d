"""The FAT image that UEFI boots, ``images/efiboot.img``: its own copy of GRUB's configuration is edited in place.

Some builds of GRUB read the configuration inside the image, others the one beside it: both say the same. By mtools.
"""

from __future__ import annotations

from pathlib import Path

from airlock_builder.master import grub_cfg
from airlock_builder.master.menu import Menu
from airlock_core import proc
from airlock_core.errors import InputError

_NAMES = ("grub.cfg", "boot.conf")
_SECONDS = 60.0


def edit(image: Path, menu: Menu, *, epoch: int) -> int:
    """Rewrite every GRUB configuration inside a FAT image.

    Args:
        image: a copy of the base's, changed in place.
        epoch: the time that changed files get, seconds since 1970-01-01 UTC.

    Returns:
        how many were rewritten.

    Raises:
        InputError: not a FAT image, or one without room.
    """
    # checks of geometry are for floppies: the image has none
    env = {"MTOOLS_SKIP_CHECK": "1", "SOURCE_DATE_EPOCH": str(epoch)}
    try:
        listing = proc.run(["mdir", "-/", "-b", "-i", image, "::"], env=env, timeout=_SECONDS).stdout
        names = [name.strip() for name in listing.splitlines() if name.rstrip().lower().endswith(_NAMES)]
        return sum(_edit_one(image, name, menu, env) for name in sorted(names))
    except proc.ProcessFailed as error:
        raise InputError("the base ISO's EFI image cannot be edited", where=str(image), why=error.why) from error


def _edit_one(image: Path, name: str, menu: Menu, env: dict[str, str]) -> bool:
    copy = image.with_suffix(".cfg")
    copy.unlink(missing_ok=True)
    proc.run(["mcopy", "-n", "-i", image, name, copy], env=env, timeout=_SECONDS)
    text = copy.read_text(encoding="utf-8", errors="surrogateescape")
    if not grub_cfg.is_grub(text):
        return False
    copy.write_text(grub_cfg.rewrite(text, menu), encoding="utf-8", errors="surrogateescape")
    proc.run(["mcopy", "-o", "-i", image, copy, name], env=env, timeout=_SECONDS)
    return True
