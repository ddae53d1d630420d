"""Small decisions of the stand-in's stage 2: kernel arguments, repositories, boot menu, network files."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.standin.baseiso.stage2 import accounts, bootloader, cmdline, console, network, packages, settings, storage
from tests.standin.baseiso.stage2.disks import Partition, Wish
from tests.standin.baseiso.stage2.errors import InstallError

TREEINFO = "[variant-BaseOS]\nrepository = BaseOS\n[variant-Minimal]\nrepository = Minimal\n"


def test_kernel_arguments_are_read_as_anaconda_reads_them() -> None:
    line = "BOOT_IMAGE=x inst.ks=hd:LABEL=L:/ks/d.ks inst.ksstrict console=tty0 console=ttyS0,115200 inst.gpt=1"
    options = cmdline.parse(line)
    assert options.kickstart == "hd:LABEL=L:/ks/d.ks"
    assert (options.strict, options.gpt, options.check_medium) == (True, True, False)
    assert options.consoles == ("console=tty0", "console=ttyS0,115200")


def test_the_mediums_repositories_are_those_of_treeinfo_that_are_there() -> None:
    found = packages.medium_repos(TREEINFO, lambda folder: folder == "BaseOS")
    assert [repo.baseurl for repo in found] == ["file:///run/install/repo/BaseOS"]


def test_a_medium_without_repository_is_refused() -> None:
    with pytest.raises(InstallError, match=r"names \['BaseOS', 'Minimal'\], none has repodata"):
        packages.medium_repos(TREEINFO, lambda folder: False)


def test_the_machine_needs_kernel_boot_loader_and_file_system_tools() -> None:
    assert packages.machine_requirements({"xfs", "swap"}, uefi=False) == ["kernel", "grub2-pc", "xfsprogs"]
    assert "shim-x64" in packages.machine_requirements({"xfs", "efi"}, uefi=True)


def test_the_installed_kernel_gets_the_installers_consoles_once() -> None:
    arguments = bootloader.kernel_arguments("U", ["console=tty0", "console=ttyS0"], "console=tty0 quiet")
    assert arguments.startswith("root=UUID=U ro ")
    assert arguments.endswith(" console=ttyS0 console=tty0 quiet")


def test_the_menu_shows_on_the_serial_line_that_the_installer_used() -> None:
    menu = bootloader.grub_menu("6.1", "ro", 3, "U", "", ["console=ttyS0,9600n8"])
    assert "serial --unit=0 --speed=9600" in menu
    assert "linux /vmlinuz-6.1 ro" in menu
    assert "serial" not in bootloader.grub_menu("6.1", "ro", 3, "U", "", ["console=tty0"])


def test_the_menu_on_bios_loads_by_the_16_bit_protocol() -> None:
    menu = bootloader.grub_menu("6.1", "ro", 3, "U", "/boot", [], bootloader.BIOS_COMMANDS)
    assert "linux16 /boot/vmlinuz-6.1 ro\n  initrd16 /boot/initramfs-6.1.img\n" in menu


def test_a_log_takes_lines_while_rpm_has_made_the_new_system_the_root(tmp_path: Path) -> None:
    log = tmp_path / "anaconda.log"
    console.append(log, "before")
    gone = log.rename(tmp_path / "elsewhere")
    console.append(log, "during")
    assert gone.read_text() == "before\nduring\n"
    assert not log.exists()


def test_a_kernel_without_initramfs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="no kernel was installed"):
        bootloader.newest_kernel(tmp_path)
    (tmp_path / "vmlinuz-1").touch()
    with pytest.raises(InstallError, match=r"initramfs-1\.img"):
        bootloader.newest_kernel(tmp_path)
    (tmp_path / "initramfs-1.img").touch()
    assert bootloader.newest_kernel(tmp_path) == "1"


@pytest.mark.parametrize(
    ("mountpoint", "fstype", "line"),
    [
        ("/", "xfs", "UUID=u / xfs defaults 0 0\n"),
        ("/boot/efi", "efi", "UUID=u /boot/efi vfat umask=0077,shortname=winnt 0 2\n"),
        ("/", "ext4", "UUID=u / ext4 defaults 0 1\n"),
        ("swap", "swap", "UUID=u none swap defaults 0 0\n"),
    ],
)
def test_fstab_names_file_systems_by_uuid(mountpoint: str, fstype: str, line: str) -> None:
    assert storage.fstab_line(Partition("vda", 1, 1, 1, Wish(mountpoint, fstype, 1)), "u") == line


def test_static_addresses_are_written_for_both_readers() -> None:
    wish = SimpleNamespace(
        bootProto="static", ip="10.0.0.5", netmask="255.255.255.0", gateway="10.0.0.1", nameserver="10.0.0.2",
        nodns=False, onboot=True, nodefroute=False, noipv4=False, noipv6=True, mtu="",
    )  # fmt: skip
    assert "IPADDR=10.0.0.5\nPREFIX=24\nGATEWAY=10.0.0.1\nDNS1=10.0.0.2\n" in network.ifcfg(wish, "ens3")
    assert "Address=10.0.0.5/24\nGateway=10.0.0.1\nDNS=10.0.0.2\n" in network.networkd_unit(wish, "ens3")


def test_device_link_is_the_first_interface() -> None:
    assert network.resolve("link", ["ens3", "ens4"]) == "ens3"
    with pytest.raises(InstallError, match="no network interface"):
        network.resolve("link", [])


def test_ntp_servers_take_the_place_of_those_in_chrony_conf() -> None:
    assert settings.with_servers("pool x iburst\ndriftfile /d\n", ["a"]) == "server a iburst\ndriftfile /d\n"


def test_groups_may_carry_an_id() -> None:
    assert accounts.split_group("wheel") == ("wheel", None)
    assert accounts.split_group("ops(2000)") == ("ops", 2000)
