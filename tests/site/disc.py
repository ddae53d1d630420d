"""Discs: ISO images in drives and mounted, on machines whose kernel has no ISO 9660, where fuseiso stands for it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FUSE, LOOP_CONTROL = Path("/dev/fuse"), Path("/dev/loop-control")
PROGRAM = Path("/usr/bin/fuseiso")
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/libfuse.so.2")
OPTIONS = "ro,allow_other,default_permissions"
DRIVER = f"""\
#!/bin/sh
# What mount(8) asks to mount ISO 9660.
exec {PROGRAM} -n "$1" "$2" -o {OPTIONS},fsname="$1"
"""
LOOPS = 64


@contextmanager
def mounted(iso: Path, folder: Path) -> Iterator[Path]:
    """An image, mounted on this machine."""
    folder.mkdir(parents=True)
    subprocess.run([PROGRAM, "-n", iso, folder, "-o", OPTIONS], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def inserted(iso: Path) -> Iterator[Path]:
    """An image in a drive: its block device."""
    words = ["losetup", "--find", "--show", "--read-only", str(iso)]
    device = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield Path(device)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def bring_driver(root: Path) -> None:
    """Let the system in a root mount ISO 9660."""
    for path in (PROGRAM, LIBRARY):
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    driver = root / "usr/sbin/mount.iso9660"
    driver.write_text(DRIVER)
    driver.chmod(0o755)


def make_loops() -> str:
    """The shell command that makes loop devices in a container, which has none: those that nobody uses now.

    In the others there may be media with the same label, of other runs of the tests.
    """
    free = [n for n in range(LOOPS) if not Path(f"/sys/block/loop{n}/loop/backing_file").exists()]
    return "; ".join(f"mknod -m 660 /dev/loop{n} b 7 {n}" for n in free)
