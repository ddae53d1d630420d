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

from airlock_installer.serve import pki
from tests.site.platform import USER, Platform

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
    r"home/\w+/\.ssh/(id_ed25519(\.pub)?|authorized_keys)$": "of a key made on the site; who is let in is compared",
    r".*/__pycache__/": "Python's own",
}
"""What may differ between two ways to the same end, and why."""
UNITS = "systemctl list-unit-files --no-legend --state=enabled | awk '{print $1, $2}'"
ACTIVE = "systemctl list-units --no-legend --plain --state=active --type=service | awk '{print $1, $4}'"
PASSING = re.compile(r"(user@|user-runtime|systemd-|session-|sshd-keygen|sshd@|airlock-(media|serve|prepare|console))")
"""Units that come and go with logins and boots."""
CERTIFICATE = re.compile(r"etc/airlock/pki/(nodes/\w+/)?registry\.(crt|key)")
"""Made on the site, with another key each time: what it is good for is compared."""
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
    return found | _logins(site)


def difference(before: State, after: State) -> dict[str, tuple[str | None, str | None]]:
    """What differs, by name."""
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _logins(site: Platform) -> State:
    """The deployer's key, and whom each node lets in."""
    folder = f"home/{USER}/.ssh"
    key = site.deployer.path / folder / "id_ed25519"
    public = key.with_suffix(".pub").read_text().strip() if key.with_suffix(".pub").is_file() else "no key"
    own = site.deployer.run(f"ssh-keygen -y -f /{folder}/{key.name}").stdout
    paired = own.split()[:2] == public.split()[:2]
    found = {f"control1 {folder}/{key.name}": f"{_owner(key)} {'with' if paired else 'without'} its public half"}
    for name, node in site.nodes.items():
        path = node.path / folder / "authorized_keys"
        text = path.read_text() if path.is_file() else ""
        found[f"{name} {folder}/{path.name}"] = f"{_owner(path)} {text.replace(public, 'the key of the deployer')}"
    return found


def _owner(path: Path) -> str:
    if not path.is_file():
        return GONE
    found = path.stat()
    return f"{found.st_mode:o} {found.st_uid}:{found.st_gid}"


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
    return (
        f"{found.st_mode:o} {found.st_uid}:{found.st_gid} {_bytes(path) if stat.S_ISREG(found.st_mode) else 'special'}"
    )


def _bytes(path: Path) -> str:
    if CERTIFICATE.search(str(path)):
        return _certificate(path.with_suffix(".crt"), path.with_suffix(".key"))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _certificate(certificate: Path, key: Path) -> str:
    authority = next(folder / "ca.crt" for folder in certificate.parents if (folder / "ca.crt").is_file())
    signed = "signed" if pki.signed_by(certificate, authority) else "not signed"
    paired = "with its key" if pki.belongs(certificate, key) else "without its key"
    return f"{signed} by the site's CA, {paired}, for {', '.join(sorted(pki.names_of(certificate)))}"
