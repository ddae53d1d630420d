"""The kernel of the base ISO, and the modules that its two stages load."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.standin.baseiso import debian
from tests.standin.run import run

# Found by hardware at boot; each brings its dependencies.
STAGE1_MODULES = (
    "virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "sr_mod", "ahci", "ata_piix", "nvme",
    "xhci_pci", "ehci_pci", "uhci_hcd", "usb_storage", "uas", "isofs", "squashfs", "overlay", "loop",
)  # fmt: skip
STAGE2_MODULES = (
    *STAGE1_MODULES, "ext4", "xfs", "vfat", "nls_ascii", "nls_cp437", "nls_iso8859_1", "nls_utf8", "efivarfs",
    "virtio_net", "virtio_rng", "virtio_console", "qemu_fw_cfg", "e1000", "crc32c_generic",
)  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel package: the image and the folder that holds lib/modules/<version>."""

    version: str
    image: Path
    root: Path


def unpack(debs: Path, target: Path) -> Kernel:
    """Unpack the kernel package of ``debs`` into ``target`` and index its modules."""
    target.mkdir(parents=True)
    wanted = ("./boot/vmlinuz-*", "./lib/modules/*")
    debian.unpack_files(debian.kernel_package(debs), wanted, target)
    image = next((target / "boot").glob("vmlinuz-*"))
    version = image.name.removeprefix("vmlinuz-")
    run("depmod", "-b", target, version)
    return Kernel(version, image, target)


def install_modules(kernel: Kernel, names: tuple[str, ...], root: Path) -> None:
    """Copy the modules ``names`` of ``kernel`` and all that they need into ``root``/lib/modules, with an index.

    Raises ToolFailed when the kernel has no such module.
    """
    source = kernel.root / "lib/modules" / kernel.version
    target = root / "lib/modules" / kernel.version
    for module in _closure(source, names):
        (target / module).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / module, target / module)
    for index in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copyfile(source / index, target / index)
    lighten(target)
    run("depmod", "-b", root, kernel.version)


def lighten(folder: Path) -> None:
    """Take the signatures and type information out of all modules below ``folder``.

    The kernel would check both when it loads them, which takes an emulated machine seconds.
    """
    modules = sorted(folder.rglob("*.ko"))
    run("strip", "--strip-debug", "--remove-section=.BTF", "--enable-deterministic-archives", *modules)


def _closure(source: Path, names: tuple[str, ...]) -> list[str]:
    """Return the paths of ``names`` and their dependencies, read from modules.dep (path: path path...)."""
    needs = dict(line.split(":", 1) for line in (source / "modules.dep").read_text().splitlines())
    by_name = {Path(path).stem.replace("-", "_"): path for path in needs}
    paths: set[str] = set()
    for name in names:
        if name in by_name:
            paths |= {by_name[name], *needs[by_name[name]].split()}
        elif f"/{name}.ko" not in (source / "modules.builtin").read_text().replace("-", "_"):
            raise LookupError(f"kernel {source.name} has no module {name}")
    return sorted(paths)
