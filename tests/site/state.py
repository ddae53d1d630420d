"""What a platform holds: every file that its nodes have beyond what they were installed with, their packages and units.

A node is an overlay, so all that was ever written to it stands in one folder, what was removed included.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from tests.site.platform import Platform

State = dict[str, str]
"""What stands there, by what it is called: ``control1 etc/hosts``."""

LEFT_OUT = {
    r"var/log/": "logs: times, and every run",
    r"var/cache/": "what dnf fetched, with times",
    r"var/lib/containers/cache/": "which registry had a blob when skopeo last asked",
    r"var/lib/rpm/": "rpm's database has the times of installations; the packages are asked for instead",
    r"var/lib/dnf/": "dnf's history",
    r"var/lib/(systemd|chrony|nginx|private|NetworkManager)/": "random seeds, timers, measured drift, sockets",
    r"var/lib/airlock/ledger\.sqlite": "the history of runs",
    r"(run|tmp|var/tmp|dev|proc|sys)/": "ends with the boot",
    r"etc/(machine-id|\.updated|ld\.so\.cache)": "made anew by a boot",
    r"etc/airlock/serve\.json": "the time of the last load",
    r"etc/(issue|motd)\.d/airlock": "what runs, with the time at which the medium was verified, as of the last boot",
    r"(root|home/\w+)/\.(ansible|bash_history|lesshst|cache)": "of people and of Ansible, for themselves",
    r"(root|home/\w+)/\.ssh/known_hosts": "in the order in which nodes answered, salted",
    r".*/__pycache__/": "Python's own",
}
"""What may differ between two ways to the same end, and why."""
UNITS = "systemctl list-unit-files --no-legend --state=enabled | awk '{print $1, $2}'"
ACTIVE = "systemctl list-units --no-legend --plain --state=active --type=service | awk '{print $1, $4}'"
PASSING = re.compile(r"(user@|user-runtime|systemd-|session-|sshd-keygen|sshd@|airlock-(media|serve|prepare|console))")
"""Units that come and go with logins and boots."""
GONE = "not there"
_LEFT_OUT = re.compile("|".join(LEFT_OUT))


def of(site: Platform) -> State:
    """All of it."""
    found: State = {}
    for name in site.nodes:
        layers = site.layers[name]
        found |= {f"{name} {path}": text for path, text in _files(site.state / name / "upper", layers).items()}
    for what, command in (("package", "rpm -qa"), ("enabled", UNITS), ("active", ACTIVE)):
        for name, lines in site.everywhere(command).items():
            found |= {f"{name} {what} {line}": "" for line in lines.splitlines() if not PASSING.match(line)}
    return found


def difference(before: State, after: State) -> dict[str, tuple[str | None, str | None]]:
    """What differs, by name."""
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _files(upper: Path, layers: Sequence[Path]) -> dict[str, str]:
    """What was written, as far as it is not what was there before; by path."""
    paths = (Path(folder) / name for folder, _, files in os.walk(upper) for name in files)
    names = [str(path.relative_to(upper)) for path in paths]
    found = {name: _content(upper / name) for name in names if not _LEFT_OUT.match(name)}
    return {name: text for name, text in found.items() if text != _before(name, layers)}


def _before(name: str, layers: Sequence[Path]) -> str:
    texts = (_content(layer / name) for layer in layers)
    return next((text for text in texts if text != GONE), GONE)


def _content(path: Path) -> str:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return GONE
    if stat.S_ISCHR(found.st_mode):  # how an overlay says that a file was removed (kernel: overlayfs.rst, "whiteouts")
        return GONE
    if stat.S_ISLNK(found.st_mode):
        return f"link to {path.readlink()}"
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(found.st_mode) else "special"
    return f"{found.st_mode:o} {found.st_uid}:{found.st_gid} {digest}"
