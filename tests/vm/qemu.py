"""Boot an ISO or a disk in QEMU: serial console in a file, ssh through a forwarded port, power by QMP.

Everything is bounded: a guest ends with its context, by its process's own id. Emulation (TCG) is the default, since
/dev/kvm may be there and still hang a guest; AIRLOCK_QEMU_ACCEL=kvm chooses it where it is known to work.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.vm.qmp import Qmp, QmpError

OVMF_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
OVMF_VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
SSH_KEY = Path(__file__).parents[1] / "standin/keys/id_ed25519"
USER = "clex"
# Emulated, each of these costs time at every miss of the TLB or switch of processes; EL 8 and 9 do without them.
TCG_CPU = "max,la57=off,xsave=off,avx=off,avx2=off"
# Translated code is thrown away when tb-size (MiB) is full. With the default, 1 GiB, what ran before a reboot is still
# there after it, and each write to a page that it came from is slow: the kernel takes minutes to unpack itself.
TCG = "tcg,thread=multi,tb-size=256"
ACCELERATION = {"tcg": (TCG, TCG_CPU), "kvm": ("kvm", "host")}
TAIL_LINES = 60
POLL = 0.2  # seconds

SSH_OPTIONS = {
    "StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR", "BatchMode": "yes",
    "ConnectTimeout": "20", "IdentitiesOnly": "yes", "GSSAPIAuthentication": "no",
}  # fmt: skip


class GuestError(Exception):
    """The guest did not do what was waited for; the text ends with the last lines of its serial console."""


@dataclass(frozen=True)
class Machine:
    """A machine to boot. ``disk`` is a qcow2 file, sizes are in MiB; the medium stays in for as long as it runs."""

    disk: Path
    iso: Path | None = None
    firmware: Literal["bios", "uefi"] = "bios"
    medium: Literal["cdrom", "usb"] = "cdrom"
    memory: int = 3072
    cpus: int = 2
    disk_serial: str = "airlock-os"
    user: str = USER
    extra: tuple[str, ...] = ()  # QEMU options as they are
    fw_cfg: Mapping[str, str] = field(default_factory=dict)  # opt/... names and values


def create_disk(path: Path, gibibytes: int = 20) -> Path:
    """Make an empty sparse disk at ``path`` and return it."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(path), f"{gibibytes}G"], check=True, timeout=60)
    return path


@contextmanager
def boot(machine: Machine, state: Path) -> Iterator["Guest"]:
    """Start ``machine`` with its logs and sockets in the folder ``state``, and end it when the context ends.

    When the context ends by an exception, the last lines of the serial console go to standard error.
    """
    state.mkdir(parents=True, exist_ok=True)
    command = command_line(machine, state)
    (state / "qemu.command").write_text("\n".join(command) + "\n")
    with (state / "qemu.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        with Qmp(state / "qmp.sock") as qmp:
            guest = Guest(machine, state, process, qmp)
            try:
                yield guest
            finally:
                guest.disconnect()
    except BaseException:
        sys.stderr.write(f"---- serial console, {state / 'serial.log'}\n{tail(state / 'serial.log')}\n----\n")
        sys.stderr.write(tail(state / "qemu.log"))
        raise
    finally:
        _end(process)


class Guest:
    """A running machine."""

    def __init__(self, machine: Machine, state: Path, process: "subprocess.Popen[bytes]", qmp: Qmp) -> None:
        self.machine = machine
        self.state = state
        self.serial = state / "serial.log"
        self._process = process
        self._read = 0  # how much of the serial log earlier waits have consumed
        self._qmp = qmp
        self.ssh_port = _forwarded_port(self._qmp)
        self._connection: subprocess.Popen[bytes] | None = None
        if _usb_first(machine):
            self._prefer_disk()
        self._key = state / "id"
        shutil.copyfile(SSH_KEY, self._key)
        self._key.chmod(0o600)  # ssh refuses a key that others may read, and git keeps no such mode

    def wait_for(self, pattern: str, timeout: float, failure: str = "") -> "re.Match[str]":
        """Wait until the serial console shows ``pattern`` (a regular expression) after what earlier waits matched.

        Raises GuestError after ``timeout`` seconds, when the pattern ``failure`` shows first, or when QEMU ends.
        """
        deadline = time.monotonic() + timeout
        while True:
            ended = self._process.poll() is not None
            text = self.console()[self._read :]
            if failure and (failed := re.search(failure, text)) is not None:
                raise self._error(f"the console shows {failed[0]!r}, waited for {pattern!r}")
            if (match := re.search(pattern, text)) is not None:
                self._read += match.end()
                return match
            if ended:
                raise self._error(f"QEMU ended before the console showed {pattern!r}")
            if time.monotonic() > deadline:
                raise self._error(f"the console did not show {pattern!r} within {timeout:.0f} s")
            time.sleep(POLL)

    def console(self) -> str:
        """Return all that the serial console has shown."""
        if not self.serial.exists():
            return ""
        return self.serial.read_text(encoding="utf-8", errors="replace")

    def wait_for_ssh(self, timeout: float) -> None:
        """Wait until a command can be run in the guest, and keep a connection for those that follow.

        Raises GuestError after ``timeout`` seconds.
        """
        self.disconnect()  # of before a reboot
        deadline = time.monotonic() + timeout
        while True:
            try:
                answer = self.ssh("true", timeout=30)
            except subprocess.TimeoutExpired:
                why = "no answer within 30 s"
            else:
                if answer.returncode == 0:
                    self._connect()
                    return
                why = answer.stderr.strip()
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise self._error(f"ssh does not answer: {why}")
            time.sleep(1)

    def ssh(self, command: str, timeout: float = 120, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run the shell ``command`` in the guest and return what it left; its status is the guest's report.

        Raises subprocess.TimeoutExpired when it takes longer than ``timeout`` seconds.
        """
        words = [*self._ssh_words(), command]
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)

    def check(self, command: str, timeout: float = 120) -> str:
        """Run ``command`` in the guest and return its output. Raises GuestError when its status is not 0."""
        done = self.ssh(command, timeout)
        if done.returncode != 0:
            raise self._error(f"{command}\nended with status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def copy_to(self, source: Path, target: str, timeout: float = 120) -> None:
        """Copy the file or folder ``source`` to ``target`` in the guest."""
        words = ["scp", "-q", "-r", *self._options(), "-P", str(self.ssh_port), str(source)]
        subprocess.run([*words, f"{self.machine.user}@127.0.0.1:{target}"], check=True, timeout=timeout)

    def screenshot(self, target: Path) -> Path:
        """Write what the screen shows as a PNG file to ``target`` and return it."""
        self._qmp.execute("screendump", filename=str(target.absolute()), format="png")
        return target

    def press(self, *keys: str) -> None:
        """Press the keys (QEMU's QKeyCode names, as in ret, down, esc) together."""
        self._qmp.execute("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def reset(self) -> None:
        """Press the reset button: power is not lost, but nothing is written out."""
        self._qmp.execute("system_reset")

    def power_button(self) -> None:
        """Press the power button: the guest shuts down by itself."""
        self._qmp.execute("system_powerdown")

    def eject(self) -> None:
        """Take the medium out of the CD drive, whatever the guest says."""
        self._qmp.execute("eject", id="medium", force=True)

    def wait_for_end(self, timeout: float) -> None:
        """Wait until the machine has powered off. Raises GuestError after ``timeout`` seconds."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self._error(f"the machine is still on after {timeout:.0f} s") from None

    def cut_power(self) -> None:
        """End the machine at once, as when the plug is pulled; what the disk has not taken is lost."""
        _end(self._process)

    def _prefer_disk(self) -> None:
        """Let the next boot take the installed disk, as when a person chose the USB stick once; a reset applies it."""
        for device, index in (("medium", -1), ("disk", 0)):
            path = f"/machine/peripheral/{device}"
            self._qmp.execute("qom-set", path=path, property="bootindex", value=index)

    def disconnect(self) -> None:
        """End the connection that commands share; the next makes its own."""
        if self._connection is not None:
            _end(self._connection)
            self._connection = None

    def _connect(self) -> None:
        """Make the connection that commands share: to make one, and a session, for each takes the guest seconds."""
        words = self._ssh_words("ControlMaster=yes")
        self._connection = subprocess.Popen([*words, "-N"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _ssh_words(self, *options: str) -> list[str]:
        to = ["-p", str(self.ssh_port), f"{self.machine.user}@127.0.0.1"]
        return ["ssh", *self._options(*options), *to]

    def _options(self, *more: str) -> list[str]:
        named = {**SSH_OPTIONS, "ControlPath": str(self.state / "ssh.sock")}
        options = [*(f"{name}={value}" for name, value in named.items()), *more]
        return ["-i", str(self._key), "-F", "/dev/null", *(word for option in options for word in ("-o", option))]

    def _error(self, what: str) -> GuestError:
        return GuestError(f"{what}\n---- end of {self.serial}\n{tail(self.serial)}")


def command_line(machine: Machine, state: Path) -> list[str]:
    """Return QEMU's command line for ``machine``, with its files in the folder ``state``."""
    disk_index = 1 if _usb_first(machine) else 0
    acceleration, cpu = ACCELERATION[os.environ.get("AIRLOCK_QEMU_ACCEL", "tcg")]
    words = [
        "qemu-system-x86_64", "-accel", acceleration, "-cpu", cpu, "-smp", str(machine.cpus), "-m", str(machine.memory),
        "-nodefaults", "-display", "none", "-vga", "std", "-device", "virtio-rng-pci", "-device", "qemu-xhci,id=usb",
        "-serial", f"file:{state / 'serial.log'}", "-qmp", f"unix:{state / 'qmp.sock'},server=on,wait=off",
        "-netdev", "user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:0-:22",
        "-device", "virtio-net-pci,netdev=net0,romfile=",
        "-drive", f"if=none,id=os,file={machine.disk},format=qcow2,cache=unsafe,discard=unmap",
        "-device", f"virtio-blk-pci,id=disk,drive=os,serial={machine.disk_serial},bootindex={disk_index}",
    ]  # fmt: skip
    words += _firmware_words(machine, state) + _medium_words(machine)
    for name, value in machine.fw_cfg.items():
        words += ["-fw_cfg", f"name={name},string={value}"]
    return [*words, *machine.extra]


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """Return the last ``lines`` of a log without the control characters of a terminal."""
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    plain = re.sub(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]|\r", "", text)
    return "\n".join(plain.splitlines()[-lines:])


def _usb_first(machine: Machine) -> bool:
    """Return whether the first boot must prefer the USB disk: SeaBIOS tries one disk alone, and the other is empty."""
    return machine.firmware == "bios" and machine.medium == "usb" and machine.iso is not None


def _firmware_words(machine: Machine, state: Path) -> list[str]:
    if machine.firmware == "bios":
        return []
    variables = state / "OVMF_VARS.fd"
    if not variables.exists():  # kept over boots in one state folder, as a machine keeps its own
        shutil.copyfile(OVMF_VARS, variables)
    return [
        "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF_CODE}",
        "-drive", f"if=pflash,format=raw,unit=1,file={variables}",
    ]  # fmt: skip


def _medium_words(machine: Machine) -> list[str]:
    if machine.iso is None:
        return []
    drive = ["-drive", f"if=none,id=medium-file,file={machine.iso},format=raw,readonly=on,cache=unsafe"]
    if machine.medium == "usb":
        index = 0 if _usb_first(machine) else 1
        return [*drive, "-device", f"usb-storage,id=medium,bus=usb.0,drive=medium-file,bootindex={index}"]
    return [
        *drive, "-device", "ich9-ahci,id=ahci", "-device", "ide-cd,id=medium,bus=ahci.0,drive=medium-file,bootindex=1",
    ]  # fmt: skip


def _forwarded_port(qmp: Qmp) -> int:
    """Return the port that QEMU chose for itself when it was asked for port 0: no other process can have it."""
    table: str = qmp.execute("human-monitor-command", **{"command-line": "info usernet"})
    match = re.search(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)", table)
    if match is None:
        raise QmpError(f"no forwarded port in: {table}")
    return int(match[1])


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
