"""The demo's ISO in QEMU: in the foreground for people, installed and up for the tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.vm import qemu

Firmware = Literal["bios", "uefi"]
DISK_GIB = 20
INSTALL_SECONDS = 1200.0
UP_SECONDS = 600.0
FAILED = r"(?i)installation failed|kernel panic|\[FAILED\] Failed to start Airlock"


@contextmanager
def installed(iso: Path, state: Path, firmware: Firmware) -> Iterator[qemu.Guest]:
    """A machine that booted the ISO onto an empty disk, without a hand on its keyboard, and came up from that disk."""
    state.mkdir(parents=True, exist_ok=True)
    machine = qemu.Machine(disk=qemu.create_disk(state / "disk.qcow2", DISK_GIB), iso=iso, firmware=firmware)
    with qemu.boot(machine, state) as guest:
        guest.wait_for(r"login:", INSTALL_SECONDS, FAILED)  # only the installed system has one
        guest.wait_for_ssh(UP_SECONDS)
        yield guest


def boot_in_foreground(iso: Path, folder: Path, firmware: Firmware) -> None:
    """Boot the ISO with the serial console on this terminal, until the machine is off."""
    state = folder / f"boot-{firmware}"
    state.mkdir(parents=True, exist_ok=True)
    disk = state / "disk.qcow2"
    disk.unlink(missing_ok=True)
    machine = qemu.Machine(disk=qemu.create_disk(disk, DISK_GIB), iso=iso, firmware=firmware)
    words = qemu.command_line(machine, state)
    words[words.index("-serial") + 1] = "mon:stdio"
    print(f"QEMU, {firmware}, with emulation: the installation takes minutes. Leave with Ctrl-A X.", flush=True)
    print("It installs, reboots into the disk, and serves. Log in as clex with the key tests/standin/keys/id_ed25519.")
    os.environ.setdefault("TERM", "linux")
    subprocess.run(words, check=False)
