"""Finding the medium among the block devices by its volume label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airlock_core.errors import MachineError

_DESCRIPTOR_AT = 16 * 2048
_LABEL_AT = slice(40, 72)


@dataclass(frozen=True)
class Medium:
    """A block device (or image file) with an ISO 9660 file system on it."""

    device: Path
    label: str


def volume_label(path: Path) -> str | None:
    """The label in the primary volume descriptor (ECMA-119, 8.4), None where there is no ISO 9660 file system.

    The descriptor itself is asked, not udev's links: they lag behind a medium that was changed.
    """
    try:
        with path.open("rb", buffering=0) as device:
            device.seek(_DESCRIPTOR_AT)
            descriptor = device.read(2048)
    except OSError:  # an empty drive, a device that vanished
        return None
    if descriptor[:6] != b"\x01CD001":
        return None
    return descriptor[_LABEL_AT].decode("ascii", errors="replace").rstrip(" \0")


def media(sys_block: Path = Path("/sys/class/block"), dev: Path = Path("/dev")) -> tuple[Medium, ...]:
    """Every block device with an ISO 9660 file system, whole devices before their partitions, by name."""
    names = sorted(sys_block.iterdir(), key=lambda entry: ((entry / "partition").exists(), entry.name))
    found = ((dev / entry.name.replace("!", "/")) for entry in names if _has_content(entry))
    labels = ((device, volume_label(device)) for device in found)
    return tuple(Medium(device, label) for device, label in labels if label is not None)


def find(label: str, among: tuple[Medium, ...]) -> Medium:
    """The device with a label; the first where several have it.

    Raises:
        MachineError: none has it; those that are there are named.
    """
    for medium in among:
        if medium.label == label:
            return medium
    seen = ", ".join(f"{medium.label} on {medium.device}" for medium in among) or "no ISO 9660 medium at all"
    raise MachineError(
        f"the medium {label} is in no drive",
        why=f"there is {seen}",
        todo="put the medium into the drive (or attach its image) and run `airlock-site media mount`",
    )


def _has_content(entry: Path) -> bool:
    try:
        return int((entry / "size").read_text()) > 0
    except (OSError, ValueError):
        return False
