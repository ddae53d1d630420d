"""What a kickstart says about disks, turned into the values that disks.plan takes."""

from collections.abc import Sequence
from typing import Any

from pykickstart import constants

from .disks import SWAP_SIZE, Clearing, Disk, Plan, Wish, automatic_wishes, choose, plan, required_wishes, usual_label
from .errors import InstallError

DEFAULT_FSTYPE = "xfs"
FSTYPES = ("xfs", "ext4", "ext3", "ext2", "vfat", "efi", "swap", "biosboot")
LABELS = {"gpt": "gpt", "msdos": "dos", "": ""}


def plan_for(handler: Any, machine: Sequence[Disk], uefi: bool, prefer_gpt: bool) -> Plan:
    """Return the plan for the kickstart in ``handler`` on the disks of ``machine``.

    ``prefer_gpt`` is inst.gpt. Raises InstallError as disks.plan does, and when the kickstart makes no partitions.
    """
    only = [name for entry in handler.ignoredisk.onlyuse for name in entry.split(",")]
    disks = choose(machine, only, handler.ignoredisk.ignoredisk)
    label = LABELS[handler.clearpart.disklabel] or ("gpt" if prefer_gpt else "")
    kind = label or usual_label(disks, uefi)
    return plan(wishes_of(handler, kind, uefi), disks, clearing_of(handler), label, uefi)


def wishes_of(handler: Any, label: str, uefi: bool) -> list[Wish]:
    """Return the partitions that `part`, `reqpart` and `autopart` ask for."""
    wishes = [_wish(part) for part in handler.partition.partitions]
    auto = handler.autopart
    if auto.autopart:
        if wishes:
            raise InstallError("kickstart: part and autopart exclude each other")
        if auto.type not in (None, constants.AUTOPART_TYPE_PLAIN):
            raise InstallError("kickstart: autopart: only --type=plain is supported by this installer")
        wishes = automatic_wishes(auto.fstype or DEFAULT_FSTYPE, not auto.noboot, not auto.noswap)
    if handler.reqpart.reqpart or auto.autopart:
        present = {wish.mountpoint for wish in wishes}
        needed = required_wishes(label, uefi, handler.reqpart.addBoot)
        wishes = [wish for wish in needed if wish.mountpoint not in present] + wishes
    if not wishes:
        raise InstallError("kickstart: no part and no autopart: nowhere to install to")
    return wishes


def clearing_of(handler: Any) -> Clearing:
    """Return what `clearpart` and `zerombr` allow."""
    clear = handler.clearpart
    kinds = (constants.CLEARPART_TYPE_ALL, constants.CLEARPART_TYPE_LINUX)
    wanted = clear.type in kinds
    return Clearing(
        everything=wanted and not clear.drives,
        disks=tuple(clear.drives) if wanted else (),
        initialise=bool(clear.initAll or handler.zerombr.zerombr),
    )


def _wish(part: Any) -> Wish:
    mountpoint = part.mountpoint
    fstype = part.fstype or {"swap": "swap", "biosboot": "biosboot", "/boot/efi": "efi"}.get(mountpoint, DEFAULT_FSTYPE)
    if fstype not in FSTYPES or mountpoint.startswith(("pv.", "raid.", "btrfs.")):
        raise InstallError(
            f"kickstart line {part.lineno}: part {mountpoint} --fstype={fstype} is not supported by this installer"
        )
    if not part.format:
        raise InstallError(
            f"kickstart line {part.lineno}: part {mountpoint} --noformat is not supported by this installer"
        )
    recommended = SWAP_SIZE if fstype == "swap" and (part.recommended or part.hibernation) else None
    size = recommended or part.size
    if not size:
        raise InstallError(f"kickstart line {part.lineno}: part {mountpoint} needs --size=")
    return Wish(
        mountpoint, fstype, size, bool(part.grow), part.maxSizeMB or 0, part.disk or "", part.label or "",
        part.fsopts or "", bool(part.primOnly),
    )  # fmt: skip
