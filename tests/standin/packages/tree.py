"""Trees of files on their way into an RPM: merge /usr, drop, move, and list them for %files."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.standin.packages.names import words

MERGED = ("bin", "sbin", "lib", "lib64")

# Debian's ways that EL has not, and what the stand-in has no use for.
FOREIGN = (
    "/etc/init.d", "/etc/default", "/etc/apparmor.d", "/etc/ufw", "/etc/sv", "/etc/network", "/etc/ppp",
    "/etc/cron.daily", "/etc/logrotate.d", "/usr/share/doc", "/usr/share/man", "/usr/share/locale",
    "/usr/share/lintian", "/usr/share/bug", "/usr/share/apport", "/usr/share/runit", "/usr/share/vim",
    "/etc/runit", "/var/log/runit",
    "/usr/share/info", "/usr/share/bash-completion", "/usr/share/doc-base", "/usr/share/common-licenses",
)  # fmt: skip

# Directories that an empty root gets from pebble-setup; no other package owns them.
SHARED = frozenset(
    words("""
    / /boot /dev /etc /home /media /mnt /opt /proc /root /run /srv /sys /tmp /usr /var
    /etc/dbus-1 /etc/dbus-1/system.d /etc/logrotate.d /etc/pam.d /etc/sysconfig /etc/yum.repos.d
    /usr/bin /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/sbin /usr/share /usr/share/licenses
    /usr/lib/modules /usr/lib/systemd /usr/lib/systemd/system /usr/lib/systemd/system-preset /usr/lib/tmpfiles.d
    /usr/lib/x86_64-linux-gnu /usr/share/dbus-1 /usr/share/dbus-1/interfaces
    /var/cache /var/lib /var/log /var/opt /var/spool /var/tmp
    """)
)


def merge_usr(tree: Path) -> None:
    """Move what lies under /bin, /sbin, /lib and /lib64 to /usr: in the target these are links."""
    for name in MERGED:
        old = tree / name
        if old.is_dir() and not old.is_symlink():
            copy_over(old, tree / "usr" / name)
            shutil.rmtree(old)


def copy_over(source: Path, target: Path) -> None:
    """Copy the tree ``source`` over ``target``, keeping links, modes and times."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def lay_over(overlay: Path, target: Path) -> None:
    """Copy the files of ``overlay`` over ``target`` with plain modes, whatever the umask of the checkout was."""
    for file in sorted(path for path in overlay.rglob("*") if path.is_file()):
        place = target / file.relative_to(overlay)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
        place.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)


def drop(tree: Path, paths: Iterable[str]) -> None:
    """Remove ``paths`` from ``tree``, and directories that this leaves empty."""
    for path in paths:
        doomed = inside(tree, path)
        if doomed.is_dir() and not doomed.is_symlink():
            shutil.rmtree(doomed)
        else:
            doomed.unlink(missing_ok=True)
        _prune_upwards(doomed.parent, tree)


def move(tree: Path, moved: Mapping[str, str]) -> None:
    """Rename files or directories of ``tree``: ``moved`` maps old paths to new ones."""
    for old, new in moved.items():
        target = inside(tree, new)
        target.parent.mkdir(parents=True, exist_ok=True)
        inside(tree, old).rename(target)
        _prune_upwards(inside(tree, old).parent, tree)


def link(tree: Path, links: Mapping[str, str]) -> None:
    """Make the symbolic ``links``, from path to target; what has that name gives way."""
    for path, target in links.items():
        place = inside(tree, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)


def make_directories(tree: Path, paths: Iterable[str]) -> None:
    """Make each of the directories ``paths`` in ``tree``, with mode 0755."""
    for path in paths:
        inside(tree, path).mkdir(mode=0o755, parents=True, exist_ok=True)


def inside(tree: Path, path: str) -> Path:
    """Return where the absolute ``path`` of the target lies in ``tree``."""
    return tree / path.lstrip("/")


def file_list(tree: Path, names: "Names", attributes: Mapping[str, str], owned: frozenset[str] = frozenset()) -> str:
    """Return the %files entries of ``tree``: all but shared directories, those in ``owned`` excepted.

    Regular files under /etc are configuration that an update does not replace. Owners other than root are
    written by name: rpm resolves them in the target.
    """
    entries = (_entry(path, status, names, attributes) for path, status in _walk(tree)
               if not stat.S_ISDIR(status.st_mode) or path in owned or path not in SHARED)  # fmt: skip
    return "\n".join(entries) + "\n"


class Names:
    """Names of user and group numbers, as the files of a root under ``root`` give them."""

    def __init__(self, root: Path | None = None) -> None:
        self._users = _numbers(root / "etc/passwd") if root else {}
        self._groups = _numbers(root / "etc/group") if root else {}

    def user(self, number: int) -> str:
        """Return the name of user ``number``."""
        return "root" if number == 0 else self._users[number]

    def group(self, number: int) -> str:
        """Return the name of group ``number``."""
        return "root" if number == 0 else self._groups[number]


def _entry(path: str, status: os.stat_result, names: Names, attributes: Mapping[str, str]) -> str:
    words = []
    if path in attributes:
        words.append(f"%attr({attributes[path]})")
    elif (status.st_uid or status.st_gid) and not stat.S_ISLNK(status.st_mode):
        mode = stat.S_IMODE(status.st_mode)
        words.append(f"%attr({mode:04o},{names.user(status.st_uid)},{names.group(status.st_gid)})")
    if stat.S_ISDIR(status.st_mode):
        words.append("%dir")
    elif stat.S_ISREG(status.st_mode) and path.startswith("/etc/"):
        words.append("%config(noreplace)")
    return " ".join([*words, _quoted(path)])


def _quoted(path: str) -> str:
    """Return ``path`` as %files takes it. rpm 4.18 reads no escapes there: a glob could not be said."""
    if set(path) & set('\\]*?{}"'):
        raise ValueError(f"%files cannot name {path!r}")
    return f'"{path.replace("%", "%%")}"'


def _walk(tree: Path) -> Iterator[tuple[str, os.stat_result]]:
    for folder, folders, files in os.walk(tree):
        folders.sort()
        for name in sorted(folders + files):
            path = Path(folder, name)
            yield "/" + str(path.relative_to(tree)), path.lstat()


def _prune_upwards(folder: Path, stop: Path) -> None:
    while folder not in (stop, stop.parent) and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _numbers(file: Path) -> dict[int, str]:
    rows = (line.split(":") for line in file.read_text().splitlines() if line)
    return {int(row[2]): row[0] for row in rows}
