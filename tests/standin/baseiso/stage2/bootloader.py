"""Make the new system boot from its disk: GRUB for BIOS or UEFI, its menu, the kernel's arguments."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import storage
from .disks import Partition, Plan
from .errors import InstallError
from .shell import run

PLATFORM_FILES = Path("/usr/lib/grub")
DEFAULT_TIMEOUT = 5  # seconds
TITLE = "Rocky Linux"
COMMON = (
    "part_gpt part_msdos ext2 xfs fat normal configfile search search_fs_uuid linux echo test true sleep serial ls cat"
)
BIOS_MODULES = (*COMMON.split(), "biosdisk", "linux16")
UEFI_MODULES = (*COMMON.split(), "all_video", "efi_gop", "gfxterm", "halt", "reboot")
# On BIOS the 16-bit protocol: with the other, GRUB 2.06 reserves all memory that the kernel may unpack itself into and
# then moves it byte by byte, 64 MiB, which takes an emulated machine several seconds.
BIOS_COMMANDS = ("linux16", "initrd16")
UEFI_COMMANDS = ("linux", "initrd")
# For an emulated machine that runs nothing but tests: no costly guards between its processes, no self-tests, and no
# panic about a timer that is late because the host is busy.
MACHINE_ARGUMENTS = ("mitigations=off", "cryptomgr.notests", "no_timer_check")
# Rocky's loader looks here; firmware without a boot entry of its own takes EFI/BOOT/BOOTX64.EFI.
EFI_FOLDER = "boot/efi/EFI/rocky"
EFI_FALLBACK = "boot/efi/EFI/BOOT/BOOTX64.EFI"


def install(handler: Any, plan: Plan, uefi: bool, consoles: Sequence[str]) -> None:
    """Install GRUB by the kickstart's `bootloader` command, unless it says --location=none.

    ``consoles`` are the installer's own console= arguments: the new kernel gets them too, as Anaconda does it.

    Raises InstallError when the new system has no kernel or no initramfs.
    """
    wish = handler.bootloader
    if wish.location == "none" and wish.seen:
        return
    kernel = newest_kernel(storage.ROOT / "boot")
    root, boot = plan.at("/"), plan.at("/boot")
    assert root is not None  # the plan was checked
    arguments = kernel_arguments(storage.uuid_of(root), consoles, wish.appendLine)
    timeout = DEFAULT_TIMEOUT if wish.timeout is None else wish.timeout
    prefix = "" if boot else "/boot"
    commands = UEFI_COMMANDS if uefi else BIOS_COMMANDS
    menu = grub_menu(kernel, arguments, timeout, storage.uuid_of(boot or root), prefix, consoles, commands)
    _write_defaults(arguments, timeout)
    if uefi:
        _install_uefi(plan, menu)
    else:
        _install_bios(_boot_disk(wish.bootDrive, boot or root), storage.uuid_of(boot or root), prefix, menu)


def newest_kernel(boot: Path) -> str:
    """Return the newest kernel's version in ``boot`` that has its initramfs.

    Raises InstallError when there is none.
    """
    kernels = sorted(boot.glob("vmlinuz-*"), key=lambda path: path.stat().st_mtime)
    versions = [path.name.removeprefix("vmlinuz-") for path in kernels]
    if not versions:
        raise InstallError("no kernel was installed: /boot has no vmlinuz-*")
    whole = [version for version in versions if (boot / f"initramfs-{version}.img").is_file()]
    if not whole:
        raise InstallError(f"kernel {versions[-1]} has no /boot/initramfs-{versions[-1]}.img")
    return whole[-1]


def kernel_arguments(root_uuid: str, consoles: Sequence[str], append: str) -> str:
    """Return the installed kernel's arguments: root, what Pebble needs, the installer's consoles, the kickstart's."""
    given = append.split()
    consoles = [word for word in consoles if word not in given]
    return " ".join([f"root=UUID={root_uuid}", "ro", *MACHINE_ARGUMENTS, *consoles, *given])


def grub_menu(
    kernel: str, arguments: str, timeout: int, boot_uuid: str, prefix: str, consoles: Sequence[str],
    commands: tuple[str, str] = UEFI_COMMANDS,
) -> str:  # fmt: skip
    """Return grub.cfg; ``prefix`` leads to the kernel on the file system ``boot_uuid``, ``commands`` load it."""
    load, load_initrd = commands
    serial = [word for word in consoles if word.startswith("console=ttyS0")]
    speed = serial[-1].partition(",")[2].rstrip("n8") if serial else ""
    terminal = (
        f"serial --unit=0 --speed={speed or '115200'}\nterminal_input serial console\nterminal_output serial console\n"
        if serial
        else ""
    )
    return (
        f"{terminal}set default=0\nset timeout={timeout}\nsearch --no-floppy --fs-uuid --set=root {boot_uuid}\n"
        f"menuentry '{TITLE} ({kernel}) 8.10' {{\n"
        f"  {load} {prefix}/vmlinuz-{kernel} {arguments}\n  {load_initrd} {prefix}/initramfs-{kernel}.img\n}}\n"
    )


def _write_defaults(arguments: str, timeout: int) -> None:
    """Write /etc/default/grub, from which a later grub2-mkconfig makes the menu again."""
    path = storage.ROOT / "etc/default/grub"
    path.parent.mkdir(parents=True, exist_ok=True)
    own = " ".join(word for word in arguments.split() if not word.startswith("root=") and word != "ro")
    path.write_text(f'GRUB_TIMEOUT={timeout}\nGRUB_DISTRIBUTOR="{TITLE}"\nGRUB_CMDLINE_LINUX="{own}"\n')


def _boot_disk(wanted: str, boot: Partition) -> str:
    return f"/dev/{(wanted or boot.disk).removeprefix('/dev/')}"


def _install_bios(disk: str, boot_uuid: str, prefix: str, menu: str) -> None:
    folder = storage.ROOT / "boot/grub2"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grub.cfg").write_text(menu)
    core = folder / "i386-pc"
    core.mkdir(exist_ok=True)
    (core / "boot.img").write_bytes((PLATFORM_FILES / "i386-pc/boot.img").read_bytes())
    _make_image("i386-pc", core / "core.img", boot_uuid, f"{prefix}/grub2/grub.cfg", BIOS_MODULES)
    run(PLATFORM_FILES / "i386-pc/grub-bios-setup", "--directory", core, "--skip-fs-probe", disk)


def _install_uefi(plan: Plan, menu: str) -> None:
    esp = plan.at("/boot/efi")
    assert esp is not None  # the plan was checked
    folder = storage.ROOT / EFI_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grub.cfg").write_text(menu)
    loader = folder / "grubx64.efi"
    _make_image("x86_64-efi", loader, storage.uuid_of(esp), "/EFI/rocky/grub.cfg", UEFI_MODULES)
    fallback = storage.ROOT / EFI_FALLBACK
    fallback.parent.mkdir(parents=True, exist_ok=True)
    fallback.write_bytes(loader.read_bytes())


def _make_image(platform: str, target: Path, uuid: str, menu: str, modules: Sequence[str]) -> None:
    """Make a GRUB image that holds all its modules and reads ``menu`` on the file system ``uuid``."""
    early = Path("/tmp/grub-early.cfg")
    early.write_text(f"search --no-floppy --fs-uuid --set=root {uuid}\nconfigfile ($root){menu}\n")
    run("grub-mkimage", "-O", platform, "-p", "/boot/grub2", "-c", early, "-o", target, *modules)
