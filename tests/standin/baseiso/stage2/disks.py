"""Plan partitions from a kickstart: pure functions of the wishes in it and the disks of the machine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .errors import InstallError

MIB = 1024 * 1024
ALIGNMENT = 1  # MiB: where the first partition starts, and each boundary
TAIL = 2  # MiB left free at the end: GPT's second table
MSDOS_LIMIT = 2 * 1024 * 1024  # MiB, beyond which an MBR label cannot reach
PRIMARY_LIMIT = 4  # partitions that an MBR label holds

ESP_SIZE = 600
BIOSBOOT_SIZE = 1
BOOT_SIZE = 1024
SWAP_SIZE = 1024
ROOT_SIZE = 1024


@dataclass(frozen=True)
class Disk:
    """A disk of the machine. Its size is in MiB; ``labelled`` says that it has a partition table already."""

    name: str
    size: int
    links: tuple[str, ...] = ()  # names below /dev/ that lead to it, as disk/by-id/virtio-os
    labelled: bool = False
    removable: bool = False

    def answers_to(self, name: str) -> bool:
        """Return whether a kickstart's ``name`` (vda, /dev/vda, disk/by-id/x) means this disk."""
        return name.removeprefix("/dev/") in (self.name, *self.links)


@dataclass(frozen=True)
class Wish:
    """One `part` of a kickstart, sizes in MiB. A limit of 0 is none."""

    mountpoint: str  # "/", "swap", "biosboot", "/boot/efi"
    fstype: str  # xfs, ext4, efi, vfat, swap, biosboot
    size: int
    grow: bool = False
    limit: int = 0
    disk: str = ""
    label: str = ""
    options: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Partition:
    """A partition to make: start and size in MiB on ``disk``, number from 1."""

    disk: str
    number: int
    start: int
    size: int
    wish: Wish

    @property
    def device(self) -> str:
        """The partition's node: vda1, nvme0n1p1."""
        between = "p" if self.disk[-1].isdigit() else ""
        return f"/dev/{self.disk}{between}{self.number}"


@dataclass(frozen=True)
class Clearing:
    """What the kickstart allows to be cleared: every disk, or the disks named; nothing when neither."""

    everything: bool = False
    disks: tuple[str, ...] = ()
    initialise: bool = False  # zerombr or clearpart --initlabel: a disk without a label may get one


@dataclass(frozen=True)
class Plan:
    """All that will be written: the label's kind and the partitions, by disk."""

    label: str  # gpt or dos
    partitions: tuple[Partition, ...]

    @property
    def disks(self) -> list[str]:
        """The disks that get a new label, in order."""
        return sorted({partition.disk for partition in self.partitions})

    def at(self, mountpoint: str) -> Partition | None:
        """Return the partition mounted at ``mountpoint``, if there is one."""
        return next((one for one in self.partitions if one.wish.mountpoint == mountpoint), None)


def choose(disks: Iterable[Disk], only: Sequence[str], ignored: Sequence[str]) -> list[Disk]:
    """Return the disks that may be used, by `ignoredisk --only-use=` and `--drives=`.

    Raises InstallError for a name that no disk answers to, or when no disk is left.
    """
    fixed = [disk for disk in disks if not disk.removable]
    for name in only:
        if not any(disk.answers_to(name) for disk in fixed):
            raise InstallError(f"ignoredisk --only-use={name}: no such disk; there are {_names(fixed)}")
    left = [disk for disk in fixed if not only or any(disk.answers_to(name) for name in only)]
    left = [disk for disk in left if not any(disk.answers_to(name) for name in ignored)]
    if not left:
        raise InstallError("no disk to install on")
    return left


def plan(wishes: Sequence[Wish], disks: Sequence[Disk], clearing: Clearing, label: str, uefi: bool) -> Plan:
    """Lay ``wishes`` out on ``disks`` under a label of kind ``label`` (gpt, dos, or "" for the machine's usual).

    Raises InstallError when a disk may not be cleared, space or partitions run out, or the machine could not boot.
    """
    kind = label or usual_label(disks, uefi)
    placed = _place(wishes, disks)
    used = [disk for disk in disks if disk.name in placed]
    for disk in used:
        _check_clearing(disk, clearing)
    parts = tuple(part for disk in used for part in _lay_out(disk, placed[disk.name], kind))
    made = Plan(kind, parts)
    _check_bootable(made, uefi)
    return made


def usual_label(disks: Sequence[Disk], uefi: bool) -> str:
    """Return the kind of label Anaconda would choose: MBR on BIOS machines with disks that it reaches, else GPT."""
    return "gpt" if uefi or any(disk.size >= MSDOS_LIMIT for disk in disks) else "dos"


def required_wishes(label: str, uefi: bool, add_boot: bool) -> list[Wish]:
    """Return what the firmware needs, as `reqpart` asks for it: an ESP, or a BIOS boot partition under GPT."""
    wishes = []
    if uefi:
        wishes.append(Wish("/boot/efi", "efi", ESP_SIZE))
    elif label == "gpt":
        wishes.append(Wish("biosboot", "biosboot", BIOSBOOT_SIZE))
    if add_boot:
        wishes.append(Wish("/boot", "xfs", BOOT_SIZE))
    return wishes


def automatic_wishes(fstype: str, boot: bool, swap: bool) -> list[Wish]:
    """Return what `autopart` makes here, besides what the firmware needs: plain partitions, no LVM."""
    wishes = [Wish("/boot", fstype, BOOT_SIZE)] if boot else []
    if swap:
        wishes.append(Wish("swap", "swap", SWAP_SIZE))
    return [*wishes, Wish("/", fstype, ROOT_SIZE, grow=True)]


def sfdisk_script(plan: Plan, disk: str) -> str:
    """Return what sfdisk reads to write ``disk``'s label and partitions (sfdisk(8), "Script-header lines")."""
    lines = [f"label: {plan.label}", "unit: sectors"]
    lines += [_sfdisk_line(part, plan) for part in plan.partitions if part.disk == disk]
    return "\n".join(lines) + "\n"


def _sfdisk_line(part: Partition, plan: Plan) -> str:
    types = {
        "gpt": {"efi": "uefi", "swap": "swap", "biosboot": "21686148-6449-6E6F-744E-656564454649"},
        "dos": {"efi": "ef", "swap": "82"},
    }
    kind = types[plan.label].get(part.wish.fstype, "linux")
    sectors = MIB // 512
    boot = plan.at("/boot") or plan.at("/")
    flag = ", bootable" if plan.label == "dos" and part == boot else ""
    return f"{part.number}: start={part.start * sectors}, size={part.size * sectors}, type={kind}{flag}"


def _place(wishes: Sequence[Wish], disks: Sequence[Disk]) -> dict[str, list[Wish]]:
    """Give each wish a disk: the one it names, else the first with room for its smallest size."""
    free = {disk.name: disk.size - ALIGNMENT - TAIL for disk in disks}
    placed: dict[str, list[Wish]] = {}
    for wish in wishes:
        candidates = [disk for disk in disks if not wish.disk or disk.answers_to(wish.disk)]
        if not candidates:
            raise InstallError(f"part {wish.mountpoint} --ondisk={wish.disk}: no such disk; there are {_names(disks)}")
        chosen = next((disk for disk in candidates if free[disk.name] >= wish.size), None)
        if chosen is None:
            most = max(free[disk.name] for disk in candidates)
            raise InstallError(
                f"part {wish.mountpoint}: needs {wish.size} MiB, {most} MiB are free on {_names(candidates)}"
            )
        free[chosen.name] -= wish.size
        placed.setdefault(chosen.name, []).append(wish)
    return placed


def _lay_out(disk: Disk, wishes: Sequence[Wish], label: str) -> list[Partition]:
    if label == "dos" and len(wishes) > PRIMARY_LIMIT:
        raise InstallError(f"{disk.name}: {len(wishes)} partitions, but an MBR label holds four: use inst.gpt")
    parts, start = [], ALIGNMENT
    for number, wish in enumerate(_grown(_boot_first(wishes), disk.size - ALIGNMENT - TAIL), start=1):
        parts.append(Partition(disk.name, number, start, wish.size, wish))
        start += wish.size
    return parts


def _boot_first(wishes: Sequence[Wish]) -> list[Wish]:
    """Order ``wishes`` so that what the firmware reads comes first and what grows last."""
    first = ("biosboot", "/boot/efi", "/boot")
    return sorted(wishes, key=lambda wish: (wish.mountpoint not in first, wish.grow))


def _grown(wishes: Sequence[Wish], room: int) -> list[Wish]:
    """Share the MiB of ``room`` that are left among those that grow, in proportion, within their limits."""
    sizes = [wish.size for wish in wishes]
    growing = [index for index, wish in enumerate(wishes) if wish.grow]
    while growing and (left := room - sum(sizes)) > 0:
        weight = sum(max(sizes[index], 1) for index in growing)
        for index in list(growing):
            share = max(left * max(sizes[index], 1) // weight, 1)
            bounded = min(sizes[index] + share, wishes[index].limit or room)
            sizes[index] = min(bounded, sizes[index] + room - sum(sizes))
            if sizes[index] == wishes[index].limit:
                growing.remove(index)
    return [replace(wish, size=size) for wish, size in zip(wishes, sizes, strict=True)]


def _check_clearing(disk: Disk, clearing: Clearing) -> None:
    allowed = clearing.everything or any(disk.answers_to(name) for name in clearing.disks)
    if disk.labelled and not allowed:
        raise InstallError(f"{disk.name} has partitions and the kickstart's clearpart does not clear it")
    if not disk.labelled and not (clearing.initialise or allowed):
        raise InstallError(
            f"{disk.name} has no partition table: zerombr or clearpart --initlabel would let it have one"
        )


def _check_bootable(plan: Plan, uefi: bool) -> None:
    if plan.at("/") is None:
        raise InstallError("the kickstart makes no root partition (part /)")
    esp = plan.at("/boot/efi")
    if uefi and (esp is None or esp.wish.fstype != "efi"):
        raise InstallError("UEFI needs a partition /boot/efi of type efi: part /boot/efi --fstype=efi, or reqpart")
    if not uefi and plan.label == "gpt" and not any(part.wish.fstype == "biosboot" for part in plan.partitions):
        raise InstallError("GPT on a BIOS machine needs part biosboot --fstype=biosboot --size=1, or reqpart")


def _names(disks: Iterable[Disk]) -> str:
    return ", ".join(f"{disk.name} ({disk.size} MiB)" for disk in disks) or "none"
