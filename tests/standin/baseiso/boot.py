"""The boot files of the medium: isolinux for BIOS, GRUB for UEFI, both with Rocky's names and commands."""

import shutil
from pathlib import Path

from tests.standin.run import run

FILES = Path(__file__).with_name("files")
ISOLINUX = Path("/usr/lib/ISOLINUX/isolinux.bin")
SYSLINUX = Path("/usr/lib/syslinux/modules/bios")
SYSLINUX_MODULES = ("ldlinux.c32", "libcom32.c32", "libutil.c32", "vesamenu.c32")
# The FAT image's size and what it holds depend on these alone.
EFI_SIZE_KIB = 6144
EFI_SERIAL = "50454242"
# Built in: what the configuration names by insmod and what a search by label needs. `linuxefi` is Debian's own
# module of that name, so that the configuration has the commands of Rocky 8's GRUB.
GRUB_MODULES = """
    part_gpt part_msdos fat iso9660 ext2 normal configfile search search_label search_fs_uuid search_fs_file
    linux linuxefi echo test true sleep reboot halt gzio all_video efi_gop efi_uga video_bochs video_cirrus
    gfxterm font loopback regexp ls cat minicmd
"""


def write_isolinux(medium: Path, label: str) -> None:
    """Write ``medium``/isolinux: loader, menu, configuration for volume ``label``, kernel and initrd."""
    folder = medium / "isolinux"
    folder.mkdir()
    shutil.copyfile(ISOLINUX, folder / "isolinux.bin")
    for module in SYSLINUX_MODULES:
        shutil.copyfile(SYSLINUX / module, folder / module)
    (folder / "isolinux.cfg").write_text(_configuration("isolinux.cfg", label))
    for name in ("vmlinuz", "initrd.img"):
        (folder / name).hardlink_to(medium / "images/pxeboot" / name)


def write_efi(medium: Path, scratch: Path, label: str) -> None:
    """Write ``medium``/EFI/BOOT and images/efiboot.img, which hold the same loader and configuration."""
    folder = medium / "EFI/BOOT"
    folder.mkdir(parents=True)
    loader = folder / "BOOTX64.EFI"
    run("grub-mkimage", "-O", "x86_64-efi", "-p", "/EFI/BOOT", "-o", loader, *GRUB_MODULES.split())
    shutil.copyfile(loader, folder / "grubx64.efi")
    (folder / "grub.cfg").write_text(_configuration("grub.cfg", label))
    scratch.mkdir()
    _write_fat(folder, medium / "images/efiboot.img")


def _write_fat(folder: Path, image: Path) -> None:
    """Write a FAT ``image`` with ``folder`` as its EFI/BOOT; mtools take the files' time from SOURCE_DATE_EPOCH."""
    with image.open("wb") as blank:
        blank.truncate(EFI_SIZE_KIB * 1024)
    run("mformat", "-i", image, "-N", EFI_SERIAL, "-v", "ANACONDA", "::")
    run("mmd", "-i", image, "::/EFI", "::/EFI/BOOT")
    for file in sorted(folder.iterdir()):
        run("mcopy", "-i", image, file, "::/EFI/BOOT/")


def _configuration(name: str, label: str) -> str:
    return (FILES / name).read_text().replace("@LABEL@", label)
