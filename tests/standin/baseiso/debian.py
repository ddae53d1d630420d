"""Debian packages that the base ISO is made from: fetched once into the cache, unpacked without being installed."""

from collections.abc import Iterable
from pathlib import Path

from tests.standin import cache
from tests.standin.run import run

KERNEL = "linux-image-amd64"

# What stage 2 runs, and the essential packages that dependencies take for granted.
RUNTIME = """
    bash coreutils dash libc-bin util-linux util-linux-extra mount grep sed tar gzip findutils hostname mawk
    diffutils login passwd procps python3 python3-distutils python3-dnf python3-requests rpm-common
    fdisk parted e2fsprogs xfsprogs dosfstools udev kmod iproute2 eject
    grub-pc-bin grub-efi-amd64-bin grub-common busybox-static isomd5sum
"""

# Dependencies that nothing in stage 2 calls.
NEEDLESS = (
    "perl", "libperl", "libfile-find", "libnumber-compare", "libtext-glob", "gnupg-l10n", "dirmngr", "gpg-wks", "gpgsm",
    "gnupg", "debconf", "initramfs-tools", "klibc", "libklibc", "linux-", "adduser", "ca-certificates",
    "gcc-12", "mime-support", "mailcap", "openssl", "media-types", "python3-lib2to3",
)  # fmt: skip

NOT_UNPACKED = (
    "./usr/share/doc", "./usr/share/man", "./usr/share/info", "./usr/share/locale", "./usr/share/i18n",
    "./usr/share/lintian", "./usr/share/bug", "./usr/share/bash-completion", "./usr/share/common-licenses",
    "./usr/share/zoneinfo", "./usr/lib/*/gconv", "./lib/udev/hwdb.d", "./usr/lib/file",
    "./usr/lib/grub/*/monolithic", "./usr/lib/python3*/lib2to3", "./usr/lib/python3*/test", "*.h",
)  # fmt: skip


def fetch() -> Path:
    """Return a folder of .deb files: the kernel, all of RUNTIME and what these depend on.

    Raises ToolFailed when apt knows no such package or cannot reach its archive.
    """
    return cache.artifact("pebble-iso-debs", cache.key_of(KERNEL, RUNTIME), _download)


def kernel_package(debs: Path) -> Path:
    """Return the .deb in ``debs`` that holds the kernel and its modules."""
    return next(iter(sorted(debs.glob("linux-image-[0-9]*.deb"))))


def runtime_packages(debs: Path) -> list[Path]:
    """Return the .deb files of ``debs`` that make up stage 2, in order of their names."""
    return [deb for deb in sorted(debs.glob("*.deb")) if not deb.name.startswith(NEEDLESS)]


def unpack(packages: Iterable[Path], root: Path) -> None:
    """Unpack ``packages`` into ``root``, whose /bin, /sbin and /lib become links into /usr first."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    excludes = " ".join(f"--exclude='{pattern}'" for pattern in NOT_UNPACKED)
    extract = f'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink {excludes} -C {root}'
    for package in packages:
        run("sh", "-c", extract, package)


def unpack_files(package: Path, patterns: tuple[str, ...], target: Path) -> None:
    """Unpack the members of ``package`` that match ``patterns`` (shell patterns, as in ./boot/*) into ``target``."""
    extract = f'dpkg-deb --fsys-tarfile "$0" | tar -x -C {target} --wildcards "$@"'
    run("sh", "-c", extract, package, *patterns)


def _download(folder: Path) -> None:
    """Let the host's apt resolve and fetch as if nothing were installed."""
    nothing_installed = folder / "status"
    nothing_installed.touch()
    (folder / "partial").mkdir()
    run(
        "apt-get", "--yes", "--no-install-recommends", "--download-only", "--quiet",
        "-o", f"Dir::State::status={nothing_installed}", "-o", f"Dir::Cache::archives={folder}",
        "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "-o", "APT::Sandbox::User=root",
        "install", KERNEL, *RUNTIME.split(),
    )  # fmt: skip
