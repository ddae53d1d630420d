"""A base ISO in a second: Rocky's layout, real isolinux, a real FAT image, and files that only look like the rest."""

from __future__ import annotations

from pathlib import Path

from tests.standin import cache
from tests.standin.run import EPOCH, run

LABEL = "Rocky-8-10-x86_64-dvd"
ISOLINUX = Path("/usr/lib/ISOLINUX/isolinux.bin")
MBR = Path("/usr/lib/ISOLINUX/isohdpfx.bin")
CONFIGURATIONS = Path(__file__).parents[2] / "standin/baseiso/files"
NAME = "mini.iso"


def build() -> Path:
    """The ISO, made at most once from its inputs."""
    key = cache.key_of(Path(__file__), CONFIGURATIONS / "isolinux.cfg", CONFIGURATIONS / "grub.cfg")
    return cache.artifact("mini-iso", key, _build) / NAME


def _build(folder: Path) -> None:
    medium = folder / "medium"
    _put(medium, "isolinux/isolinux.bin", ISOLINUX.read_bytes())
    _put(medium, "isolinux/isolinux.cfg", _configuration("isolinux.cfg"))
    _put(medium, "isolinux/grub.conf", f"#boot by {LABEL}\n".encode())
    _put(medium, "EFI/BOOT/grub.cfg", _configuration("grub.cfg"))
    _put(medium, "EFI/BOOT/BOOTX64.EFI", b"MZ\0not a program")
    for name in ("images/install.img", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"):
        _put(medium, name, name.encode() * 1000)
    _efi(medium / "images/efiboot.img", medium / "EFI/BOOT/grub.cfg")
    for name in ("BaseOS/repodata/repomd.xml", "BaseOS/Packages/a.rpm", "Minimal/repodata/repomd.xml", "Minimal/b.rpm"):
        _put(medium, name, b"the base's own\n")
    _put(medium, ".discinfo", b"1704067200.0\n8.10\nx86_64\n")
    _put(medium, ".treeinfo", TREEINFO.encode())
    _master(medium, folder / NAME)


def _configuration(name: str) -> bytes:
    return (CONFIGURATIONS / name).read_text().replace("@LABEL@", LABEL).encode()


def _put(medium: Path, name: str, data: bytes) -> None:
    path = medium / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _efi(image: Path, configuration: Path) -> None:
    with image.open("wb") as blank:
        blank.truncate(1 << 20)
    run("mformat", "-i", image, "-N", "4d494e49", "::")
    run("mmd", "-i", image, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", image, configuration, "::/EFI/BOOT/")


def _master(medium: Path, iso: Path) -> None:
    run(
        "xorriso", "-as", "mkisofs", "-quiet", "-o", iso, "-V", LABEL, "-R", "-J", "-isohybrid-mbr", MBR,
        "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table", "-eltorito-alt-boot", "-e", "images/efiboot.img", "-no-emul-boot", "-isohybrid-gpt-basdat",
        "--modification-date=2024010100000000", "--set_all_file_dates", f"={EPOCH}", medium,
    )  # fmt: skip


TREEINFO = """\
[checksums]
images/efiboot.img = sha256:0000
images/install.img = sha256:0000
repodata/repomd.xml = sha256:0000

[general]
arch = x86_64
name = Rocky Linux 8.10
packagedir = Packages
repository = .
variant = Minimal
variants = BaseOS,Minimal

[tree]
arch = x86_64
variants = BaseOS,Minimal

[variant-BaseOS]
id = BaseOS

[variant-Minimal]
id = Minimal
"""
