"""Carry out a plan of partitions: labels, file systems, mounts, fstab."""

from collections.abc import Iterable
from pathlib import Path

from .console import say
from .disks import Partition, Plan, sfdisk_script
from .shell import run

ROOT = Path("/mnt/sysroot")
IMAGE = Path("/mnt/sysimage")
# GRUB 2.06 reads no ext4 with these newer features.
EXT4 = ("mkfs.ext4", "-q", "-F", "-O", "^metadata_csum_seed,^orphan_file")
MAKERS: dict[str, tuple[str, ...]] = {
    "xfs": ("mkfs.xfs", "-q", "-f"),
    "ext4": EXT4,
    "ext3": ("mkfs.ext3", "-q", "-F"),
    "ext2": ("mkfs.ext2", "-q", "-F"),
    "efi": ("mkfs.vfat", "-F", "32"),
    "vfat": ("mkfs.vfat", "-F", "32"),
    "swap": ("mkswap",),
}
LABEL_OPTION = {"efi": "-n", "vfat": "-n"}  # all others: -L
MOUNT_TYPES = {"efi": "vfat"}
FSTAB_OPTIONS = {"efi": "umask=0077,shortname=winnt", "swap": "defaults"}
# Bound into the new system while it is being installed, as Anaconda does: scripts see the medium below /run.
BOUND = ("/dev", "/sys", "/run")


def apply(plan: Plan) -> None:
    """Write ``plan`` to the disks; everything on them is lost. Raises InstallError when a tool fails."""
    for disk in plan.disks:
        run("wipefs", "--all", "--force", f"/dev/{disk}")
        run("sfdisk", "--wipe=always", "--wipe-partitions=always", f"/dev/{disk}", stdin=sfdisk_script(plan, disk))
    run("udevadm", "settle", "--timeout=30")
    for part in plan.partitions:
        say(f"  {part.device}: {part.size} MiB {part.wish.fstype} {part.wish.mountpoint}")
        _format(part)


def mount(plan: Plan) -> None:
    """Mount the file systems of ``plan`` at /mnt/sysroot, and the kernel's own inside it."""
    ROOT.mkdir(parents=True, exist_ok=True)
    if not IMAGE.exists():
        IMAGE.symlink_to(ROOT)
    for part in mounted(plan):
        target = ROOT / part.wish.mountpoint.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        run("mount", "-t", _mount_type(part), part.device, target)


def bind_kernel_trees() -> None:
    """Bind /dev, /sys and /run into the new system and mount its /proc."""
    for name in BOUND:
        (ROOT / name.lstrip("/")).mkdir(exist_ok=True)
        run("mount", "--rbind", name, ROOT / name.lstrip("/"))
    (ROOT / "proc").mkdir(exist_ok=True)
    run("mount", "-t", "proc", "proc", ROOT / "proc")


def unmount() -> None:
    """Write everything out and unmount the new system."""
    for name in ("proc", *BOUND):
        run("umount", "--recursive", "--lazy", ROOT / name.lstrip("/"))
    run("umount", "--recursive", ROOT)
    run("sync")


def mounted(plan: Plan) -> list[Partition]:
    """Return the partitions that have a mount point, parents first."""
    parts = [part for part in plan.partitions if part.wish.mountpoint.startswith("/")]
    return sorted(parts, key=lambda part: Path(part.wish.mountpoint).parts)


def write_fstab(plan: Plan) -> None:
    """Write the new system's /etc/fstab, file systems by their UUID."""
    (ROOT / "etc").mkdir(exist_ok=True)
    swaps = [part for part in plan.partitions if part.wish.fstype == "swap"]
    lines = [fstab_line(part, uuid_of(part)) for part in [*mounted(plan), *swaps]]
    (ROOT / "etc/fstab").write_text("# Written by the installer.\n" + "".join(lines))


def fstab_line(part: Partition, uuid: str) -> str:
    """Return the line of fstab(5) for ``part``, whose file system has ``uuid``."""
    wish = part.wish
    where = "none" if wish.fstype == "swap" else wish.mountpoint
    options = wish.options or FSTAB_OPTIONS.get(wish.fstype, "defaults")
    check = {"xfs": 0, "swap": 0}.get(wish.fstype, 1 if wish.mountpoint == "/" else 2)
    return f"UUID={uuid} {where} {_mount_type(part)} {options} 0 {check}\n"


def uuid_of(part: Partition) -> str:
    """Return the UUID of the file system on ``part``."""
    return run("blkid", "-s", "UUID", "-o", "value", part.device).strip()


def _format(part: Partition) -> None:
    maker = MAKERS.get(part.wish.fstype)
    if maker is None:  # a BIOS boot partition holds no file system
        return
    label = _label_words(part.wish.fstype, part.wish.label)
    run(*maker, *label, part.device)


def _label_words(fstype: str, label: str) -> Iterable[str]:
    return (LABEL_OPTION.get(fstype, "-L"), label) if label else ()


def _mount_type(part: Partition) -> str:
    return MOUNT_TYPES.get(part.wish.fstype, part.wish.fstype)
