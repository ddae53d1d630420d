"""Make the base ISO: kernel, two stages, boot files and a first repository, mastered by xorriso."""

import os
import tempfile
from pathlib import Path

from tests.standin import cache
from tests.standin.baseiso import boot, debian, initrd, kernel, repository, runtime, tree
from tests.standin.run import run

LABEL = "Rocky-8-10-x86_64-dvd"
NAME = "pebble-8.10-x86_64-minimal.iso"
MBR = Path("/usr/lib/ISOLINUX/isohdpfx.bin")
INSTANT = "2024010100000000"  # xorriso's form of the time that everything on the medium has
DISK_GUID = "5065626c65204a6f8810204031000001"


def build() -> Path:
    """Return the base ISO, made at most once from its inputs.

    Raises ToolFailed when a tool or Debian's archive fails.
    """
    debs = debian.fetch()
    packages = sorted(deb.name for deb in debs.glob("*.deb"))
    key = cache.key_of(*_sources(), runtime.pykickstart_version(), *packages)
    return cache.artifact("pebble-iso", key, lambda folder: _make(debs, folder / NAME)) / NAME


def _sources() -> list[Path]:
    """Return the files whose text decides what the image holds: the programs, not the words about them."""
    folder = Path(__file__).parent
    return [*sorted(folder.glob("*.py")), folder / "files", folder / "stage2"]


def _make(debs: Path, iso: Path) -> None:
    umask = os.umask(0o022)  # the image holds the modes of the files that it is made from
    try:
        _make_in_scratch(debs, iso)
    finally:
        os.umask(umask)


def _make_in_scratch(debs: Path, iso: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pebble-iso-") as name:
        scratch = Path(name)
        medium = scratch / "medium"
        pxeboot = medium / "images/pxeboot"
        pxeboot.mkdir(parents=True)
        system = kernel.unpack(debs, scratch / "kernel")
        runtime.build(system, debs, scratch, medium / "images/install.img")
        initrd.build(system, scratch / "root/usr/bin/busybox", pxeboot / "initrd.img")
        (pxeboot / "vmlinuz").write_bytes(system.image.read_bytes())
        boot.write_isolinux(medium, LABEL)
        boot.write_efi(medium, scratch / "efi", LABEL)
        repository.write(medium, scratch)
        tree.write_metadata(medium)
        tree.settle(medium)
        _master(medium, iso)


def _master(medium: Path, iso: Path) -> None:
    """Master ``medium`` as a hybrid image: El Torito for BIOS and UEFI, MBR and GPT for a USB disk."""
    run(
        "xorriso", "-as", "mkisofs", "-quiet", "-o", iso, "-V", LABEL, "-R", "-J", "-joliet-long",
        "-sysid", "LINUX", "-uid", "0", "-gid", "0", "-isohybrid-mbr", MBR,
        "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table", "-eltorito-alt-boot", "-e", "images/efiboot.img", "-no-emul-boot", "-isohybrid-gpt-basdat",
        f"--modification-date={INSTANT}", "--set_all_file_dates", INSTANT, "--gpt_disk_guid", DISK_GUID, medium,
    )  # fmt: skip
