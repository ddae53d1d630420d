"""The stand-in's base ISO is laid out and bootable as Rocky 8.10's own minimal ISO."""

import configparser
import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.standin import baseiso

pytestmark = pytest.mark.integration

LAYOUT = """
    .discinfo .treeinfo LICENSE media.repo EFI/BOOT/BOOTX64.EFI EFI/BOOT/grub.cfg images/efiboot.img images/install.img
    images/pxeboot/vmlinuz images/pxeboot/initrd.img isolinux/isolinux.bin isolinux/isolinux.cfg isolinux/vmlinuz
    isolinux/initrd.img isolinux/boot.cat BaseOS/repodata/repomd.xml Minimal/repodata/repomd.xml
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("medium")
    _run("xorriso", "-osirrox", "on", "-indev", str(baseiso.build()), "-extract", "/", str(folder))
    return folder


def test_every_file_of_rockys_layout_is_there(tree: Path) -> None:
    assert [name for name in LAYOUT.split() if not (tree / name).is_file()] == []


def test_it_boots_by_bios_and_uefi_as_a_cd_and_as_a_disk() -> None:
    report = _run(
        "xorriso", "-indev", str(baseiso.build()), "-report_el_torito", "plain", "-report_system_area", "plain"
    )
    assert "El Torito img path :   1  /isolinux/isolinux.bin" in report
    assert "El Torito img path :   2  /images/efiboot.img" in report
    assert "MBR isohybrid" in report
    assert "GPT partition path :   2  /images/efiboot.img" in report


def test_every_boot_configuration_names_the_volume(tree: Path) -> None:
    report = _run("xorriso", "-indev", str(baseiso.build()), "-pvd_info")
    assert f"Volume Id    : {baseiso.LABEL}" in report
    for name in ("isolinux/isolinux.cfg", "EFI/BOOT/grub.cfg"):
        text = (tree / name).read_text()
        entries = [line for line in text.splitlines() if "inst.stage2=" in line]
        assert entries
        assert all(f"inst.stage2=hd:LABEL={baseiso.LABEL} " in line for line in entries)
    assert "linuxefi /images/pxeboot/vmlinuz" in (tree / "EFI/BOOT/grub.cfg").read_text()


def test_the_efi_image_holds_the_same_configuration_as_the_medium(tree: Path) -> None:
    inner = _run("mtype", "-i", str(tree / "images/efiboot.img"), "::/EFI/BOOT/grub.cfg")
    assert inner == (tree / "EFI/BOOT/grub.cfg").read_text()


def test_treeinfo_holds_the_checksums_of_the_images(tree: Path) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(tree / ".treeinfo")
    sums = dict(parser["checksums"])
    assert {name: "sha256:" + hashlib.sha256((tree / name).read_bytes()).hexdigest() for name in sums} == sums
    assert (tree / ".discinfo").read_text().splitlines()[1:] == ["8.10", "x86_64"]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
