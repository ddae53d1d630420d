"""EL's names of what pebble-base holds."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written as text, many on a line."""
    return tuple(text.split())


# Debian's package: the EL packages that its files stand for.
EL_NAMES = {
    "bash": "bash",
    "bzip2": "bzip2 bzip2-libs",
    "ca-certificates": "ca-certificates p11-kit-trust",
    "coreutils": "coreutils coreutils-common",
    "cpio": "cpio",
    "curl": "curl libcurl",
    "dbus": "dbus dbus-daemon dbus-tools dbus-common",
    "diffutils": "diffutils",
    "dnf": "dnf dnf-data yum python3-dnf libdnf",
    "dosfstools": "dosfstools",
    "e2fsprogs": "e2fsprogs e2fsprogs-libs",
    "efibootmgr": "efibootmgr",
    "findutils": "findutils",
    "gpg": "gnupg2",
    "grep": "grep",
    "grub-efi-amd64-bin": "grub2-efi-x64 grub2-efi-x64-modules shim-x64",
    "grub-pc-bin": "grub2-pc grub2-pc-modules",
    "grub2-common": "grub2-common grub2-tools grub2-tools-minimal grub2-tools-extra grubby",
    "gzip": "gzip",
    "hostname": "hostname",
    "initramfs-tools": "dracut dracut-config-generic",
    "iproute2": "iproute iproute-tc",
    "iptables": "iptables iptables-libs",
    "acl": "acl libacl",
    "iputils-ping": "iputils",
    "kmod": "kmod kmod-libs",
    "less": "less",
    "libc6": "glibc glibc-common glibc-minimal-langpack",
    "libglib2.0-0": "glib2",
    "libpam-modules": "pam",
    "libssl3": "openssl-libs",
    "login": "util-linux-user",
    "mawk": "gawk",
    "ncurses-base": "ncurses ncurses-base ncurses-libs",
    "openssl": "openssl",
    "parted": "parted",
    "passwd": "passwd shadow-utils",
    "procps": "procps-ng",
    "python3": "python3 platform-python",
    "rpm": "rpm rpm-libs python3-rpm",
    "sed": "sed",
    "sudo": "sudo",
    "systemd": "systemd systemd-libs systemd-pam NetworkManager",
    "tar": "tar",
    "tzdata": "tzdata",
    "udev": "systemd-udev",
    "util-linux": "util-linux",
    "vim-tiny": "vim-minimal",
    "xfsprogs": "xfsprogs",
    "xz-utils": "xz xz-libs",
    "zlib1g": "zlib",
    "zstd": "zstd libzstd",
}

# Provided with other versions than a Debian package's, or as files that lie under /usr here.
BARE_PROVIDES = (
    "rocky-release = 8.10",
    "redhat-release = 8.10",
    "system-release = 8.10",
    "system-release(releasever) = 8",
    "rocky-repos = 8.10",
    "rocky-gpg-keys = 8.10",
    "langpacks-en = 8.10",
    "/bin/sh",
    "/bin/bash",
    "/sbin/ldconfig",
    "/sbin/nologin",
)
