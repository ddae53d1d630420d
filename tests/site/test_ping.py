"""``airlock-site ping`` to a real sshd and sudo: those of a node's root, on the loopback interface."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from airlock_installer.layout import Layout
from airlock_installer.vault import use
from tests.site import node

pytestmark = pytest.mark.site

PASSWORD = "canary pass'word"
SECONDS = 20.0


@dataclass
class Far:
    """A node's root with an sshd of its own."""

    root: Path
    port: int

    def sudoers(self, line: str) -> None:
        path = self.root / "etc/sudoers.d/airlock"
        path.write_text(f"{line}\n")
        path.chmod(0o440)


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    state = tmp_path_factory.mktemp("far")
    with node.overlay(state) as root, ExitStack() as stack:
        for name in ("proc", "dev"):
            stack.enter_context(_bound(Path("/") / name, root / name))
        subprocess.run(["chroot", root, "chpasswd"], input=f"clex:{PASSWORD}\n".encode(), check=True)
        subprocess.run(["chroot", root, "ssh-keygen", "-A"], check=True, capture_output=True)
        (root / "run/sshd").mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["UsePAM=no", "PasswordAuthentication=yes", "ListenAddress=127.0.0.1", f"Port={port}"]
        words = ["chroot", str(root), "/usr/sbin/sshd", "-D", "-e", *(w for option in options for w in ("-o", option))]
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(port)
            yield Far(root, port)
        finally:
            process.terminate()
            process.wait(SECONDS)


@contextmanager
def _bound(source: Path, target: Path) -> Iterator[None]:
    subprocess.run(["mount", "--bind", source, target], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", target], check=True)


def _wait(port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployer's home with a key, and a site of this node, the far one, and one that is not there.

    Its path is short: of ssh's sockets in ~/.ansible/cp none may have over 107 characters (unix(7)).
    """
    folder = tmp_path_factory.mktemp("home")
    (folder / ".ssh").mkdir(mode=0o700)
    key = folder / ".ssh/id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return folder


def _ping(home: Path, far: Far, *words: str, **vault: str) -> subprocess.CompletedProcess[str]:
    site, layout = home / "site", Layout(home / "root")
    site.mkdir(exist_ok=True)
    way = f"ansible_port={far.port} ansible_user=clex ansible_ssh_private_key_file={home}/.ssh/id_ed25519"
    own = "control1 ip=127.0.0.1 ansible_connection=local\n"
    (site / "hosts").write_text(f"{own}control2 ip=127.0.0.1 {way}\n[controller-node]\ncontrol[1:2]\n")
    if vault:
        use.of(layout, site).write({f"vault_{name}_password": value for name, value in vault.items()})
    environment = {**os.environ, "AIRLOCK_ROOT": str(layout.root), "HOME": str(home)}
    command = [sys.executable, "-m", "airlock_installer", "ping", "--site", str(site), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _know(home: Path, far: Far, known: bool) -> None:
    keys = far.root / "home/clex/.ssh/authorized_keys"
    keys.parent.mkdir(mode=0o700, exist_ok=True)
    keys.write_text((home / ".ssh/id_ed25519.pub").read_text() if known else "")
    keys.chmod(0o600)
    subprocess.run(["chroot", far.root, "chown", "-R", "clex:", "/home/clex/.ssh"], check=True)


def test_node_that_knows_our_key_is_told_with_whom_sudo_python_and_clock(home: Path, far: Far) -> None:
    _know(home, far, known=True)
    far.sudoers("clex ALL=(ALL) NOPASSWD: ALL")
    done = _ping(home, far)
    assert done.returncode == 0, done.stderr
    local, other = done.stdout.splitlines()
    assert local.split()[:3] == ["control1", "here", "SUCCESS"]
    assert other.split()[:3] == ["control2", "127.0.0.1", "SUCCESS"]
    assert "as clex (the key), sudo, Python 3." in other
    assert other.endswith("clock as ours")


def test_node_that_does_not_know_it_is_reached_by_the_vault_s_password_and_so_is_sudo(home: Path, far: Far) -> None:
    _know(home, far, known=False)
    far.sudoers("clex ALL=(ALL) ALL")
    done = _ping(home, far, "-v", ssh=PASSWORD, sudo=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert "as clex (the password), sudo by password" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_wrong_passwords_are_said_with_what_to_do(home: Path, far: Far) -> None:
    _know(home, far, known=False)
    done = _ping(home, far, ssh="wrong", sudo="wrong")
    assert done.returncode == 8
    assert "control2: cannot be reached\n  why: clex is not let in with the password" in done.stderr
    assert "airlock-site vault ssh" in done.stderr
    _know(home, far, known=True)
    far.sudoers("clex ALL=(ALL) ALL")
    done = _ping(home, far, ssh="wrong", sudo="wrong")
    assert done.returncode == 8
    assert "control2: clex may not use sudo" in done.stderr


def test_node_without_sshd_is_one_line_and_the_others_are_told_too(home: Path, far: Far) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = Far(far.root, free.getsockname()[1])
    done = _ping(home, nowhere, "--json")
    assert done.returncode == 8
    found = {one["node"]: one for one in json.loads(done.stdout)["nodes"]}
    assert (found["control1"]["reached"], found["control2"]["reached"]) == (True, False)
    assert "no sshd there" in found["control2"]["why"]
