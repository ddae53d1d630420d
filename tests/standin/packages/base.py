"""pebble-base: Debian's root configured to pass for Rocky Linux 8, and split into a few trees."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.standin.keys import PUBLIC_KEY
from tests.standin.packages import tree
from tests.standin.packages.debs import Deb, read_status
from tests.standin.packages.names import words
from tests.standin.run import run

OVERLAY = Path(__file__).parent / "overlay"

# Installed in Debian's root by dependency or for its making, of no use in the target.
UNUSED = frozenset(
    words("""
    perl perl-base perl-modules-5.36 libperl5.36 libfile-find-rule-perl libnumber-compare-perl libtext-glob-perl
    apt dpkg debconf adduser ucf usrmerge usr-is-merged libmagic-mgc linux-base sensible-utils
    debian-archive-keyring init-system-helpers media-types
    """)
)

# The interpreter is RPMs of its own, since a release asks for it by name; what dnf runs on is the same one.
PYTHON = {
    "python3.11": ("python3.11", "python3.11-minimal"),
    "python3.11-libs": (
        "libpython3.11", "libpython3.11-minimal", "libpython3.11-stdlib",
        "python3.11-venv", "python3-distutils", "python3-lib2to3",
    ),
}  # fmt: skip
PYTHON_EXTRAS = ("python3.11-venv", "python3-distutils", "python3-lib2to3")

# Files that setup owns: rpm must know users and the merged /usr before it writes anything else.
SETUP = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/bin", "/sbin", "/lib", "/lib64")

# What a machine makes for itself, and the traces of Debian's tools.
DROPPED = (
    "/etc/apt", "/etc/dpkg", "/etc/debconf.conf", "/etc/debian_version", "/etc/fstab", "/etc/hostname",
    "/etc/resolv.conf", "/etc/machine-id", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-",
    "/etc/init.d", "/etc/rc0.d", "/etc/rc1.d", "/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d", "/etc/rc6.d",
    "/etc/rcS.d", "/etc/cron.d", "/etc/cron.daily", "/etc/logrotate.d", "/etc/logcheck", "/etc/update-motd.d",
    "/etc/selinux", "/etc/issue.net", "/etc/sudoers.d/README", "/etc/motd",
    "/usr/lib/udev/hwdb.d", "/usr/lib/udev/hwdb.bin", "/usr/share/doc", "/usr/share/bug", "/usr/share/lintian",
    "/usr/share/menu", "/usr/share/pixmaps", "/usr/share/zsh", "/usr/share/fish", "/usr/share/debconf",
    "/usr/lib/systemd/system/system-systemd\\x2dcryptsetup.slice",
    "/usr/share/zoneinfo/posix", "/usr/share/zoneinfo/right", "/usr/share/grub/unicode.pf2", "/var/log/journal",
    "/usr/bin/grub-mkrescue", "/usr/bin/grub-fstest", "/usr/bin/grub-mount", "/usr/bin/grub-render-label",
    "/usr/bin/grub-syslinux2cfg", "/usr/sbin/grub-macbless",
)  # fmt: skip

# What systemd would start and no test needs: each costs an emulated machine a program's start, or a module's.
MASKED = words("""
    systemd-firstboot.service systemd-repart.service systemd-sysusers.service systemd-network-generator.service
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-update-utmp-runlevel.service
    systemd-pcrphase.service systemd-pcrphase-sysinit.service modprobe@.service user@.service
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount
    dev-hugepages.mount dev-mqueue.mount
""")

LINKS = {
    "/usr/lib/os-release": "../../etc/os-release",
    "/etc/redhat-release": "rocky-release",
    "/etc/system-release": "rocky-release",
    "/usr/bin/yum": "dnf-3",
    "/usr/bin/vi": "vim.tiny",
    "/usr/libexec/platform-python": "../bin/python3",
    "/usr/sbin/grub2-install": "grub-install",
    "/usr/sbin/grub2-mkconfig": "grub-mkconfig",
    "/usr/sbin/grub2-set-default": "grub-set-default",
    "/usr/sbin/grub2-reboot": "grub-reboot",
    "/usr/bin/grub2-editenv": "grub-editenv",
    "/usr/bin/grub2-mkimage": "grub-mkimage",
    "/usr/bin/grub2-mkrelpath": "grub-mkrelpath",
    "/boot/grub": "grub2",
    "/etc/grub2.cfg": "../boot/grub2/grub.cfg",
    "/etc/pki/tls/certs/ca-bundle.crt": "/etc/ssl/certs/ca-certificates.crt",
    **{f"/etc/systemd/system/{unit}": "/dev/null" for unit in MASKED},
}

DIRECTORIES = (
    "/boot/grub2", "/boot/efi", "/etc/sysconfig/network-scripts", "/etc/yum.repos.d",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/sudoers.d", "/etc/pki/rpm-gpg", "/usr/lib/modules", "/var/lib/rpm", "/usr/libexec",
    "/usr/local/share/ca-certificates",
)  # fmt: skip

_CONFIGURE = r"""
groupadd --system wheel
chmod 0440 /etc/sudoers
echo mozilla/ISRG_Root_X1.crt > /etc/ca-certificates.conf
update-ca-certificates --fresh >/dev/null
systemctl preset-all --preset-mode=full 2>/dev/null
systemctl --global preset-all 2>/dev/null || :
find /usr -name __pycache__ -prune -exec rm -rf {} +
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -o 0 /usr/lib/python3 /usr/lib/python3.11 || :
ldconfig
"""


@dataclass(frozen=True)
class Base:
    """The configured root, what is left of it for pebble-base, and what was taken out of it."""

    root: Path
    setup: Path
    python: dict[str, Path]
    names: tree.Names
    packages: dict[str, Deb]  # all that Debian's root had
    kept: frozenset[str]  # of these, the packages that pebble-base holds


def configure(tarball: Path, debs: dict[str, Deb], work: Path) -> Base:
    """Unpack Debian's root into ``work``, configure it in place and take the interpreter out of it."""
    root = work / "pebble-base"
    root.mkdir()
    run("tar", "-C", root, "--numeric-owner", "-xf", tarball)
    packages = read_status(root / "var/lib/dpkg/status")
    owned = {name: _owned(root, name) for name in packages}
    for name in PYTHON_EXTRAS:
        owned[name] = _unpack(debs[name], root)
    _disguise(root)
    chroot(root, _CONFIGURE)
    names = tree.Names(root)
    _clean(root, [path for name in UNUSED & owned.keys() for path in owned[name]])
    python = {rpm: _take(root, work / rpm, [p for d in names_ for p in owned[d]]) for rpm, names_ in PYTHON.items()}
    taken = UNUSED.union(*PYTHON.values())
    return Base(root, work / "pebble-setup", python, names, packages, frozenset(packages.keys() - taken))


def split_setup(base: Base) -> None:
    """Move what pebble-setup owns out of the root: last, since nothing runs in the root without it."""
    for path in SETUP:
        target = tree.inside(base.setup, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        tree.inside(base.root, path).rename(target)
    tree.make_directories(base.setup, tree.SHARED)
    for path, mode in {"/root": 0o700, "/proc": 0o555, "/sys": 0o555, "/tmp": 0o1777, "/var/tmp": 0o1777}.items():
        tree.inside(base.setup, path).chmod(mode)


def chroot(root: Path, script: str) -> str:
    """Run a shell ``script`` in ``root``, with /proc and /dev, in name spaces of its own; return what it prints."""
    inside = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$1" /bin/sh -euc "$2"'
    env = {"PYTHONHASHSEED": "0", "HOME": "/root"}
    return run("unshare", "--mount", "--pid", "--fork", "sh", "-euc", inside, "sh", root, script, env=env)


def _disguise(root: Path) -> None:
    tree.drop(root, ("/etc/os-release", "/usr/lib/os-release"))
    tree.lay_over(OVERLAY / "pebble-base", root)
    tree.make_directories(root, DIRECTORIES)
    tree.link(root, LINKS)
    shutil.copyfile(PUBLIC_KEY, root / "etc/pki/rpm-gpg" / PUBLIC_KEY.name)


def _clean(root: Path, unused: Iterable[str]) -> None:
    for path in sorted(unused, reverse=True):
        place = tree.inside(root, path)
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    tree.drop(root, DROPPED)
    for folder in ("dev", "run", "tmp", "proc", "sys", "var/cache", "var/log", "var/lib/dpkg", "var/lib/apt",
                   "var/tmp", "var/backups", "var/lib/ucf"):  # fmt: skip
        for place in (root / folder).glob("*"):
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
    tree.make_directories(root, DIRECTORIES)


def _take(root: Path, target: Path, paths: Iterable[str]) -> Path:
    """Move ``paths``, and the compiled forms of Python modules among them, from ``root`` to ``target``."""
    for path in paths:
        place = tree.inside(root, path)
        if place.is_dir() and not place.is_symlink():
            continue
        for file in (place, *(place.parent / "__pycache__").glob(f"{place.stem}.cpython-*.pyc")):
            if file.is_symlink() or file.exists():
                new = target / file.relative_to(root)
                new.parent.mkdir(parents=True, exist_ok=True)
                file.rename(new)
    return target


def _unpack(deb: Deb, root: Path) -> list[str]:
    assert deb.file
    run("dpkg-deb", "--extract", deb.file, root)
    listing = run("sh", "-euc", 'dpkg-deb --fsys-tarfile "$1" | tar -t', "sh", deb.file)
    return [line.lstrip(".") for line in listing.splitlines() if line != "./"]


def _owned(root: Path, name: str) -> list[str]:
    """Return the paths that dpkg lists for package ``name``, /usr merged."""
    info = root / "var/lib/dpkg/info"
    listing = next((file for file in (info / f"{name}.list", *info.glob(f"{name}:*.list")) if file.exists()), None)
    lines = listing.read_text().splitlines() if listing else []
    return [f"/usr{line}" if line.split("/")[1] in tree.MERGED else line for line in lines if line != "/."]
