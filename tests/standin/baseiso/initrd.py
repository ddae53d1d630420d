"""An initramfs of busybox, modules and a script: stage 1 of the medium, and what Pebble's own kernel starts with."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.standin.baseiso import kernel
from tests.standin.baseiso.kernel import STAGE1_MODULES
from tests.standin.run import EPOCH, run

INIT = Path(__file__).with_name("files") / "stage1-init"


def build(
    system: kernel.Kernel, busybox: Path, target: Path, init: Path = INIT, modules: tuple[str, ...] = STAGE1_MODULES
) -> None:
    """Write the initramfs ``target``: the static program ``busybox``, ``modules`` of ``system``, the script ``init``.

    By default it is stage 1, with the modules that reach a medium.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for folder in ("bin", "dev", "proc", "sys", "run", "sysroot", "lib"):
            (root / folder).mkdir()
        shutil.copyfile(busybox, root / "bin/busybox")
        (root / "sbin").symlink_to("bin")  # where the kernel calls modprobe
        shutil.copyfile(init, root / "init")
        kernel.install_modules(system, modules, root)
        _settle(root)
        _pack(root, target)


def _settle(root: Path) -> None:
    """Give every file below ``root`` a fixed mode and time, so that the archive is the same each time."""
    for path in sorted(root.rglob("*"), reverse=True):
        runnable = path.is_dir() or path in (root / "init", root / "bin/busybox")
        if not path.is_symlink():
            path.chmod(0o755 if runnable else 0o644)
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)


def _pack(root: Path, target: Path) -> None:
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = (
        "set -e; cpio --quiet --create --format=newc --reproducible --owner=0:0"
        f" | zstd -q -T1 -9 -f -o {target.absolute()}"
    )
    run("sh", "-c", archive, cwd=root, stdin=names.encode())
