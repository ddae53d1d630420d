"""Root's password, groups, users and their ssh keys in the new system."""

import re
from pathlib import Path
from typing import Any

from .errors import InstallError
from .shell import run_in, succeeds_in


def configure(handler: Any, root: Path) -> None:
    """Carry out `rootpw`, `group`, `user` and `sshkey` in the system at ``root``."""
    _set_root_password(handler.rootpw, root)
    for group in handler.group.groupList:
        _add_group(root, group.name, group.gid)
    for user in handler.user.userList:
        _add_user(user, root)
    for entry in handler.sshkey.sshUserList:
        _add_key(entry.username, entry.key, root)


def _set_root_password(wish: Any, root: Path) -> None:
    """Set root's password; with none given, or with --lock, root cannot log in by one, as on Rocky."""
    if wish.password:
        _set_password("root", wish.password, wish.isCrypted, root)
    if wish.lock or not wish.password:
        run_in(root, "usermod", "-L", "root")


def _add_group(root: Path, name: str, gid: int | None = None) -> None:
    if not succeeds_in(root, "getent", "group", name):
        run_in(root, "groupadd", *(("-g", str(gid)) if gid is not None else ()), name)


def _add_user(user: Any, root: Path) -> None:
    groups = [split_group(entry) for entry in user.groups]
    for name, gid in groups:
        _add_group(root, name, gid)
    options = ["-m"]
    if user.homedir:
        options += ["-d", user.homedir]
    if user.uid is not None:
        options += ["-u", str(user.uid)]
    if user.gid is not None:
        _add_group(root, user.name, user.gid)
        options += ["-g", str(user.gid)]
    else:
        options += ["-U"]
    if user.gecos:
        options += ["-c", user.gecos]
    if groups:
        options += ["-G", ",".join(name for name, _ in groups)]
    run_in(root, "useradd", *options, "-s", user.shell or "/bin/bash", user.name)
    if user.password:
        _set_password(user.name, user.password, user.isCrypted, root)
    if user.lock:
        run_in(root, "usermod", "-L", user.name)


def split_group(entry: str) -> tuple[str, int | None]:
    """Return name and id of a `--groups=` entry, which is a name or name(gid)."""
    match = re.fullmatch(r"([^()]+)(?:\((\d+)\))?", entry.strip())
    if match is None:
        raise InstallError(f"user --groups: {entry!r} is neither a name nor name(gid)")
    return match[1], int(match[2]) if match[2] else None


def _set_password(name: str, password: str, encrypted: bool, root: Path) -> None:
    run_in(root, "chpasswd", *(("-e",) if encrypted else ("-c", "SHA512")), stdin=f"{name}:{password}\n")


def _add_key(name: str, key: str, root: Path) -> None:
    entry = run_in(root, "getent", "passwd", name).strip().split(":")
    uid, gid, home = entry[2], entry[3], entry[5]
    folder = root / home.lstrip("/") / ".ssh"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = folder / "authorized_keys"
    with keys.open("a") as file:
        file.write(key.strip() + "\n")
    keys.chmod(0o600)
    run_in(root, "chown", "-R", f"{uid}:{gid}", f"{home}/.ssh")
