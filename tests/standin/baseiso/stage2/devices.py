"""The disks and network interfaces of the machine, read from sysfs and from udev's links."""

from pathlib import Path

from .disks import MIB, Disk
from .shell import run

BLOCK = Path("/sys/block")
NOT_DISKS = ("loop", "ram", "sr", "fd", "dm-", "md", "zram")
SECTOR = 512  # sysfs gives every size in these, whatever the disk has (Linux, Documentation/ABI/stable/sysfs-block)


def disks(medium: str) -> list[Disk]:
    """Return the machine's disks in order of their names, without the one that ``medium`` (/dev/x) is on."""
    names = sorted(entry.name for entry in BLOCK.iterdir() if not entry.name.startswith(NOT_DISKS))
    on_medium = Path(medium).name
    return [_disk(name) for name in names if not on_medium.startswith(name)]


def is_uefi() -> bool:
    """Return whether the firmware that started this kernel is UEFI."""
    return Path("/sys/firmware/efi").is_dir()


def interfaces() -> list[str]:
    """Return the names of the network interfaces, without the loopback one."""
    return sorted(entry.name for entry in Path("/sys/class/net").iterdir() if entry.name != "lo")


def _disk(name: str) -> Disk:
    folder = BLOCK / name
    device = Path("/dev") / name
    links = [link for link in Path("/dev/disk").glob("by-*/*") if link.resolve() == device]
    return Disk(
        name=name,
        size=int((folder / "size").read_text()) * SECTOR // MIB,
        links=tuple(sorted(str(link.relative_to("/dev")) for link in links)),
        labelled=bool(run("lsblk", "-dno", "PTTYPE", device).strip()),
        removable=(folder / "removable").read_text().strip() == "1",
    )
