"""The roots of nodes: Pebble from the stand-in's repository, made once and cached."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.standin import cache
from tests.standin.packages import build, install

PLAIN = ("@core", "chrony", "openssh-server", "sudo", "tar")
"""What the kickstart of a node installs."""
DEPLOYER = (
    *PLAIN, "openssh-clients", "python3.11", "nginx", "docker-distribution", "skopeo", "haproxy", "keepalived",
    "openssl", "iproute", "sshpass",
)  # fmt: skip
"""What the kickstart of a deployer installs."""
KEPT_BYTECODE = Path(__file__).with_name("kept_bytecode.py")


def root(packages: Sequence[str] = DEPLOYER) -> Path:
    """Return the folder of a node's root, made from the stand-in's packages with all signatures checked."""
    repo = build()
    key = cache.key_of(repo.name, Path(__file__), KEPT_BYTECODE, *packages)
    return cache.artifact("node", key, lambda folder: _fill(repo, folder, packages)) / "root"


def _fill(repo: Path, folder: Path, packages: Sequence[str]) -> None:
    target = folder / "root"
    target.mkdir()
    install.install(repo, target, *packages)
    chroot = ["chroot", str(target)]
    subprocess.run([*chroot, "useradd", "--create-home", "clex"], check=True, capture_output=True)
    sudoers = target / "etc/sudoers.d/airlock"
    sudoers.parent.mkdir(exist_ok=True)
    sudoers.write_text("clex ALL=(ALL) NOPASSWD: ALL\n")
    sudoers.chmod(0o440)
    _keep_bytecode(target)
    # A container has no clock of its own to set.
    (target / "etc/sysconfig").mkdir(exist_ok=True)
    (target / "etc/sysconfig/chronyd").write_text('OPTIONS="-x"\n')


def _keep_bytecode(target: Path) -> None:
    """Have Python of a root keep the bytecode of Ansible's modules."""
    packages, folder = target / "usr/lib/python3/dist-packages", "/var/cache/bytecode"
    shutil.copy(KEPT_BYTECODE, packages)
    (packages / "bytecode.pth").write_text(f"import {KEPT_BYTECODE.stem}; {KEPT_BYTECODE.stem}.keep({folder!r})\n")
    (target / folder[1:]).mkdir()
