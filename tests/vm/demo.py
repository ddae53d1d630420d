"""The demo's ISO in QEMU: in the foreground for people, installed and up for the tests."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tests.vm import qemu

Firmware = Literal["bios", "uefi"]
DISK_GIB = 20
INSTALL_SECONDS = 3600.0
END_SECONDS = 120.0
UP_SECONDS = 1800.0
INSTALLED = r"installation complete|reboot: Restarting system"  # stage 2's word, or the kernel's
FAILED = r"(?i)installation failed|kernel panic|\[FAILED\] Failed to start Airlock"


@contextmanager
def installed(iso: Path, state: Path, firmware: Firmware) -> Iterator[qemu.Guest]:
    """A machine that booted the ISO onto an empty disk, without a hand on its keyboard, and came up from that disk.

    The reboot at the installation's end is taken by a fresh QEMU with the same disk, medium and firmware variables:
    under emulation one that goes on is slow, with the translated code of the installation in its memory.
    """
    machine = _machine(iso, state, firmware)
    with qemu.boot(replace(machine, extra=("-no-reboot",)), state) as guest:
        guest.wait_for(INSTALLED, INSTALL_SECONDS, FAILED)
        guest.wait_for_end(END_SECONDS)
    (state / "serial.log").rename(state / "serial-installation.log")
    with qemu.boot(machine, state) as guest:
        guest.wait_for(r"login:", UP_SECONDS, FAILED)
        guest.wait_for_ssh(UP_SECONDS)
        yield guest


def _machine(iso: Path, state: Path, firmware: Firmware) -> qemu.Machine:
    state.mkdir(parents=True, exist_ok=True)
    disk = state / "disk.qcow2"
    disk.unlink(missing_ok=True)
    return qemu.Machine(disk=qemu.create_disk(disk, DISK_GIB), iso=iso, firmware=firmware)


def boot_in_foreground(iso: Path, folder: Path, firmware: Firmware) -> None:
    """Boot the ISO with the serial console on this terminal, until the machine is off."""
    state = folder / f"boot-{firmware}"
    machine = _machine(iso, state, firmware)
    key = state / "id"
    key.write_bytes(qemu.SSH_KEY.read_bytes())
    key.chmod(0o600)
    port = _free_port()
    words = qemu.command_line(machine, state)
    words[words.index("-serial") + 1] = "mon:stdio"
    words = [word.replace("hostfwd=tcp:127.0.0.1:0-:22", f"hostfwd=tcp:127.0.0.1:{port}-:22") for word in words]
    print(f"QEMU, {firmware}, with emulation: the installation takes minutes. Leave with Ctrl-A X.", flush=True)
    print("It installs, reboots into the disk, and serves. Then, from another terminal:")
    print(f"  ssh -i {key} -p {port} -o UserKnownHostsFile=/dev/null clex@127.0.0.1", flush=True)
    os.environ.setdefault("TERM", "linux")
    subprocess.run(words, check=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
