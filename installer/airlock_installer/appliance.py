"""What makes a machine a deployer: its settings, units, and the record of the medium that it came from."""

from __future__ import annotations

import json
import pwd
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from airlock_core import atomic, media, proc
from airlock_core.errors import InputError, MachineError
from airlock_installer.layout import Layout
from airlock_installer.media.mount import release_of
from airlock_installer.site import samples

TARGET = "airlock.target"
_TIMEOUT = 60


@dataclass(frozen=True)
class Appliance:
    """Settings of the deployer.

    Args:
        site: folder of the site that it installs.
        mgmt_iface: interface on the management network; None: that of the default route.
        online: whether the site is installed from networks, and not from a medium.
    """

    site: str | None = None
    mgmt_iface: str | None = None
    online: bool = False

    @classmethod
    def load(cls, layout: Layout) -> Appliance:
        """What is set; defaults where nothing is.

        Raises:
            InputError: the file is damaged.
        """
        try:
            return cls(**json.loads(layout.appliance_json.read_text()))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError) as error:
            raise InputError(
                "not the appliance's settings", where=str(layout.appliance_json), why=str(error)
            ) from error

    def save(self, layout: Layout) -> None:
        """Write the settings."""
        atomic.write(layout.appliance_json, json.dumps(asdict(self), sort_keys=True) + "\n")


def enable(layout: Layout, medium: Path, user: str | None) -> Path:
    """Make the running root a deployer that comes up by itself at its next boot. Nothing is started.

    Args:
        medium: folder where the medium is mounted now.
        user: whose home gets the site's folder; None: root's.

    Returns:
        The site's folder.

    Raises:
        InputError: no such user.
        MachineError: systemd's units cannot be enabled.
    """
    release = release_of(medium)
    atomic.write(layout.release_json, (medium / media.RELEASE_JSON).read_bytes())
    for folder in (layout.state, layout.log, layout.etc):
        folder.mkdir(parents=True, exist_ok=True)
    home = _account(user or "root")
    site = layout.root / home.pw_dir.lstrip("/") / f"burrito-{release.version}"
    samples.write_one_node(site, home.pw_uid, home.pw_gid)
    Appliance(site=str(site)).save(layout)
    install_units(layout)
    return site


def install_units(layout: Layout) -> tuple[str, ...]:
    """Write and enable our units (``systemctl enable`` works in a chroot too).

    Returns:
        Names of the units that are new or changed.
    """
    changed = tuple(name for name, text in units().items() if atomic.put(layout.units / name, text))
    wanted = [TARGET, *(name for name in units() if name != TARGET)]
    try:
        proc.run(["systemctl", "enable", *wanted], timeout=_TIMEOUT)
        if changed and Path("/run/systemd/system").is_dir():
            proc.run(["systemctl", "daemon-reload"], timeout=_TIMEOUT)
    except proc.ProcessFailed as error:
        raise MachineError("the units cannot be enabled", why=error.why) from error
    return changed


def units() -> dict[str, str]:
    """Our systemd units by name."""
    folder = resources.files("airlock_installer") / "systemd"
    return {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.startswith("airlock")}


def _account(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise InputError(f"there is no user {user}", todo="name one with --user") from None
