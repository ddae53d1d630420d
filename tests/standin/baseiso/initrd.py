"""Stage 1: the initramfs that finds the medium by its label and goes over into stage 2."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.standin.baseiso import kernel
from tests.standin.run import EPOCH, run

INIT = Path(__file__).with_name("files") / "stage1-init"
BUSYBOX = "usr/bin/busybox"


def build(system: kernel.Kernel, busybox: Path, target: Path) -> None:
    """Write the initramfs ``target``: ``busybox``, the modules that reach a medium, and stage 1's init."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for folder in ("bin", "dev", "proc", "sys", "run", "sysroot", "lib"):
            (root / folder).mkdir()
        shutil.copyfile(busybox, root / "bin/busybox")
        shutil.copyfile(INIT, root / "init")
        kernel.install_modules(system, kernel.STAGE1_MODULES, root)
        _settle(root)
        _pack(root, target)


def _settle(root: Path) -> None:
    """Give every file below ``root`` a fixed mode and time, so that the archive is the same each time."""
    for path in sorted(root.rglob("*"), reverse=True):
        runnable = path.is_dir() or path in (root / "init", root / "bin/busybox")
        path.chmod(0o755 if runnable else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def _pack(root: Path, target: Path) -> None:
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = (
        "set -e; cpio --quiet --create --format=newc --reproducible --owner=0:0"
        f" | zstd -q -T1 -9 -f -o {target.absolute()}"
    )
    run("sh", "-c", archive, cwd=root, stdin=names.encode())
