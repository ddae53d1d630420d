"""A node: a root booted with systemd-nspawn, with a network and control groups of its own.

Each is an overlay over a root that is made once. A node ends with its context, by its process's id.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.site import cgroups
from tests.site.roots import root

ADDRESS = "192.168.21.101"
SHOW_INTERFACES = (
    "mkdir /run/sysfs && mount -t sysfs -o ro sysfs /run/sysfs"
    " && for each in class/net devices/virtual/net; do mount --bind /run/sysfs/$each /sys/$each; done"
)
"""In a namespace that it was given, nspawn mounts a /sys that shows the interfaces of this machine."""
BOOT_SECONDS = 180.0
POLL = 0.2


@dataclass
class Node:
    """A running node.

    Args:
        path: its root.
        leader: the process id of its first process.
        runner: that of systemd-nspawn.
    """

    path: Path
    leader: int
    runner: int

    def cut(self) -> None:
        """Take its power: all its processes end at once."""
        with suppress(ProcessLookupError):  # it has none already
            os.kill(self.leader, signal.SIGKILL)
        self.wait_ended()

    def wait_ended(self, seconds: float = BOOT_SECONDS) -> None:
        """Wait until it is off, and what ran it has let go of its root."""
        deadline = time.monotonic() + seconds
        while _runs(self.runner):
            assert time.monotonic() < deadline, "the container does not end"
            time.sleep(POLL)

    def inside(self, command: str) -> list[str]:
        """The words that run a shell command as root in the node."""
        words = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        environment = [
            "env",
            "-i",
            "HOME=/root",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
            "LC_ALL=C.UTF-8",
        ]
        return [*words, *environment, "sh", "-c", command]

    def run(self, command: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run a shell command as root in the node; its status is what it reports."""
        return subprocess.run(
            self.inside(command),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def check(self, command: str, timeout: float = 120) -> str:
        """Run a command and return its output; fails with all it printed when its status is not 0."""
        done = self.run(command, timeout)
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@contextmanager
def overlay(state: Path, *lower: Path) -> Iterator[Path]:
    """Give a writable copy of a root in the folder ``state``: of the deployer's, or of layers, the uppermost first."""
    try:
        with layer(state, *lower) as merged:
            yield merged
    finally:
        shutil.rmtree(state / "upper", ignore_errors=True)


@contextmanager
def layer(state: Path, *lower: Path) -> Iterator[Path]:
    """The same; what was written is in ``upper`` of the folder afterwards."""
    upper, work, merged = (state / name for name in ("upper", "work", "root"))
    for folder in (upper, work, merged):
        folder.mkdir(parents=True)
    layers = ":".join(map(str, lower or (root(),)))
    options = f"lowerdir={layers},upperdir={upper},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(merged)], check=True)
    try:
        yield merged
    finally:
        subprocess.run(["umount", "--lazy", str(merged)], check=True)


def run_in(path: Path, binds: Mapping[Path, str], command: str) -> None:
    """Run a shell command in a root that is not booted. Fails with what it printed."""
    words = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", f"--directory={path}", "--private-network"]
    words += ["--console=pipe", *(f"--bind-ro={source}:{target}" for source, target in binds.items())]
    with cgroups.own() as groups:
        done = subprocess.run(
            cgroups.entering(groups, [*words, "sh", "-c", command]),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@contextmanager
def boot(
    path: Path,
    state: Path,
    binds: Mapping[Path, str],
    hostname: str = "control1",
    network: Path | None = None,
    devices: Sequence[Path] = (),
) -> Iterator[Node]:
    """Boot a root as a container.

    ``binds`` maps folders of the host to read-only places in it. ``network`` is a network namespace that is there;
    without it the node has one of its own, with an address on an interface that leads nowhere. ``devices`` of the host
    are there in it, too.
    """
    words = [
        "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", f"--directory={path}",
        f"--network-namespace-path={network}" if network else "--private-network",
        f"--hostname={hostname}", "--link-journal=no", "--console=pipe",
        "--capability=CAP_NET_ADMIN,CAP_NET_RAW",
        *(f"--bind-ro={source}:{target}" for source, target in binds.items()),
        *(f"--bind={device}" for device in devices),
    ]  # fmt: skip
    with cgroups.own() as groups:
        entering = cgroups.entering(groups, words)
        with (state / "console.log").open("wb") as log:
            process = subprocess.Popen(entering, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            node = Node(path, _leader(process), process.pid)
            _wait_booted(node, state)
            if network is None:
                _add_interface(node)
            else:
                node.check(SHOW_INTERFACES)
            yield node
        finally:
            _end(process)


def _runs(pid: int) -> bool:
    """Whether a process has not ended, though its parent may not have asked yet how it did."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _leader(process: "subprocess.Popen[bytes]") -> int:
    """Return the process id of the container's first process: nspawn's child."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for child in children.read_text().split():
            # nspawn's own passing children are called otherwise, and may be gone by now: before the open, or after it.
            with suppress(FileNotFoundError, ProcessLookupError):
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return int(child)
        time.sleep(POLL)
    raise AssertionError("the container has no first process")


def _wait_booted(node: Node, state: Path) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while node.run("systemctl is-system-running").stdout.strip() not in ("running", "degraded", "starting"):
        assert time.monotonic() < deadline, (state / "console.log").read_text(errors="replace")
        time.sleep(POLL)


def _add_interface(node: Node) -> None:
    node.check(
        "ip link add eth1 type veth peer name eth1-far && ip link set eth1-far up && ip link set eth1 up"
        f" && ip address add {ADDRESS}/24 dev eth1"
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
