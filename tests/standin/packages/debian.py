"""What Debian gives: a root that systemd and dnf run in, and the packages of the programs beyond it."""

import os
import shutil
import sys
from pathlib import Path

from tests.standin import cache
from tests.standin.packages.names import words
from tests.standin.run import run

SUITE = "bookworm"
ARCHIVE = "http://deb.debian.org"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Installed in the root: it becomes pebble-base.
BASE = words("""
    systemd systemd-sysv dbus udev libpam-systemd libnss-systemd initramfs-tools kmod
    bash login passwd sudo procps less vim-tiny hostname tzdata netbase
    util-linux fdisk mount parted e2fsprogs xfsprogs dosfstools efibootmgr
    grub2-common grub-pc-bin grub-efi-amd64-bin
    acl libnss-myhostname iproute2 iputils-ping iputils-arping iptables curl ca-certificates openssl
    tar gzip bzip2 xz-utils zstd cpio
    dnf python3-dnf rpm gpg gpg-agent python3
""")

# Fetched with all that they need beyond the root, not installed: each becomes an RPM.
PROGRAMS = words("""
    linux-image-amd64 python3.11-venv nginx docker-registry chrony haproxy keepalived
    openssh-server openssh-client sshpass skopeo jq tree
""")

# What no test reads; leaving it out while unpacking halves the time.
UNWANTED = (
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/i18n/*",
    "/usr/share/lintian/*", "/usr/share/bug/*", "/usr/share/common-licenses/*",
    "/usr/lib/grub/*/monolithic/*", "/usr/lib/udev/hwdb.d/*", "/usr/lib/*/gconv/*", "/usr/share/bash-completion/*",
)  # fmt: skip


def fetch() -> Path:
    """Return a folder with ``root.tar``, the configured Debian root, and ``debs/``, the programs' packages."""
    return cache.artifact("pebble-debian", cache.key_of(Path(__file__)), _bootstrap)


def scratch_parent() -> Path:
    """Return where large short-lived trees go: memory when there is plenty of it, else the cache's disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 6 << 30:
        return memory
    cache.root().mkdir(parents=True, exist_ok=True)
    return cache.root()


def _bootstrap(folder: Path) -> None:
    debs = folder / "debs"
    debs.mkdir()
    run(*_mmdebstrap(folder / "root.tar", debs), env={"TMPDIR": str(scratch_parent())}, timeout=900)


def _mmdebstrap(tarball: Path, debs: Path) -> list[str]:
    fetch_programs = (
        'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes --no-install-recommends --download-only install '
        + " ".join(PROGRAMS)
    )
    return [
        "mmdebstrap", "--mode=root", "--variant=essential", "--architectures=amd64", "--format=tar",
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        f"--keyring={KEYRING}", "--aptopt=APT::Install-Recommends false", "--aptopt=Acquire::Languages none",
        "--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude={pattern}" for pattern in UNWANTED),
        f"--include={','.join(BASE)}",
        f"--customize-hook={fetch_programs}",
        f'--customize-hook=cp "$1"/var/cache/apt/archives/*.deb {debs}',
        SUITE, str(tarball), *_sources(),
    ]  # fmt: skip


def _sources() -> list[str]:
    archive = os.environ.get("AIRLOCK_DEBIAN_ARCHIVE", ARCHIVE)
    return [
        f"deb {archive}/debian {SUITE} main",
        f"deb {archive}/debian {SUITE}-updates main",
        f"deb {archive}/debian-security {SUITE}-security main",
    ]


if __name__ == "__main__":
    sys.stdout.write(f"{fetch()}\n")
